"""SimMC on TensorFlow 2 and Keras: the method, free of data sets and flags.

Rao and Miao, "SimMC: Simple Masked Contrastive Learning of Skeleton
Representations for Unsupervised Person Re-Identification", IJCAI 2022,
arXiv 2204.09826.
"""

import os

# Both are read once, when the native libraries load, so they must be set before.
# faiss and scikit-learn each bring an OpenMP runtime; while they wait actively they
# take the cores from each other and the search becomes several times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# TensorFlow's start-up notes (instruction sets, absent GPU) would bury our lines.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

__version__ = "0.1.0"
