"""Source models: encoders of skeletons that SimMC-UF fine-tunes.

Each learns by a pretext task without identity labels and gives every skeleton of a
sequence a vector. MG-SCR may train on with identity labels, under another name.
"""
