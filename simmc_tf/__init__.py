"""SimMC on TensorFlow 2 and Keras: the method, free of data sets and flags.

Rao and Miao, "SimMC: Simple Masked Contrastive Learning of Skeleton
Representations for Unsupervised Person Re-Identification", IJCAI 2022,
arXiv 2204.09826.

In a notebook: `fit`, `load`, `cut` and `Model` (see `simmc_tf.api`), `Scores` and
`InputError`. They load what they need, TensorFlow among it, when they are used.
"""

import importlib
import os
from typing import TYPE_CHECKING, Any

from simmc_tf import kernel_cache

if TYPE_CHECKING:
    from simmc_tf.api import Model as Model
    from simmc_tf.api import cut as cut
    from simmc_tf.api import fit as fit
    from simmc_tf.api import load as load
    from simmc_tf.errors import InputError as InputError
    from simmc_tf.evaluation import Scores as Scores

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

# What is exposed here -> its module.
_EXPOSED = {
    **dict.fromkeys(("fit", "load", "cut", "Model"), "api"),
    "Scores": "evaluation",
    "InputError": "errors",
}


def __getattr__(name: str) -> Any:
    if name not in _EXPOSED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_EXPOSED[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_EXPOSED})
