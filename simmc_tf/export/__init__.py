"""From trained weights to what any TensorFlow loads, without this repository."""
