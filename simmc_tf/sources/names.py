"""What source models are called; light, for programs that load no TensorFlow yet."""

AGE, SGELA, MG_SCR, SM_SGE = NAMES = ("AGE", "SGELA", "MG-SCR", "SM-SGE")
# Those that need to know which joint is of which part of the body.
OF_GRAPHS = (MG_SCR, SM_SGE)
