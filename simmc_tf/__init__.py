"""SimMC on TensorFlow 2 and Keras: the method, free of data sets and flags.

Rao and Miao, "SimMC: Simple Masked Contrastive Learning of Skeleton
Representations for Unsupervised Person Re-Identification", IJCAI 2022,
arXiv 2204.09826.
"""

import os

from simmc_tf import kernel_cache

# All are read once, when the libraries load, so they must be set before.
# faiss and scikit-learn each bring an OpenMP runtime; while they wait actively they
# take the cores from each other and the search becomes several times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Encoder and train step are TensorFlow's, whatever a keras.json of the user says.
os.environ["KERAS_BACKEND"] = "tensorflow"
# TensorFlow's start-up notes (instruction sets, absent GPU) would bury our lines.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
kernel_cache.find_place()

__version__ = "0.1.0"
