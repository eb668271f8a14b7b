"""The supervised stage of MG-SCR, which learns from identity labels."""

import dataclasses
import hashlib

import numpy as np
import tensorflow as tf

from simmc_tf.sources import mg_scr, names, persons, pretext, stage

# After those of MG-SCR itself.
_SEED = 70
# Published as l2_coef.
_L2 = 5e-4


class Recognition(stage.Stage):
    """MG-SCR that learns to recognise the persons of its training sequences.

    Two layers, d to d with a ReLU and d to C, score the persons by the state after each
    frame, as in the published code; a sequence's scores are their mean, as the paper
    has it, where that code has their sum. It leaves the last frame out, as its pretext
    does; here all f count. The encoder trains on; the head of the pretext rests.

    Args:
        source: MG-SCR after its pretext; what the two train is the same.
        num_persons: C.
        seed: of the initial weights.
    """

    terms = ("recognition", "l2")

    def __init__(self, source: mg_scr.MGSCR, num_persons: int, seed: int = 0) -> None:
        super().__init__()
        self.source = source
        self.width = source.width
        for layer in source.head:
            layer.trainable = False
        self.recognise = pretext.head(self.width, num_persons, seed + _SEED)
        self.built = True

    def represent(self, sequences: tf.Tensor) -> tf.Tensor:
        """States [B, f, d] of the upper LSTM layer after each frame."""
        return self.source.represent(sequences)

    def scores(self, sequences: tf.Tensor) -> tf.Tensor:
        """Scores [B, C] of the persons, in the mean over subsequences 1 .. f."""
        scores = pretext.apply(self.recognise, self.represent(sequences))
        return tf.reduce_mean(scores, axis=1)

    def batch_terms(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Cross-entropy where `classes` [B] int32 are true, and squared weights.

        `l2` is of all that trains, biases too: the published code means to leave them
        out and does not, as its filter looks for whole names.
        """
        found = tf.nn.sparse_softmax_cross_entropy_with_logits(
            batch["classes"], self.scores(batch["sequences"])
        )
        return {
            "recognition": tf.reduce_mean(found),
            "l2": _L2 * tf.add_n([tf.nn.l2_loss(w) for w in self.trainable_variables]),
        }


@dataclasses.dataclass(frozen=True)
class Supervision:
    """What a supervised stage begins with and learns from.

    Attributes:
        source: the model after its pretext, which is to train on.
        labels: of the training sequences.
        pretext_sha256: of its weights before.
    """

    source: mg_scr.MGSCR
    labels: persons.Labels
    pretext_sha256: str

    @classmethod
    def of(cls, source: stage.Stage, labels: persons.Labels) -> "Supervision":
        """To be called before anything trains the model on."""
        if not isinstance(source, mg_scr.MGSCR):
            raise TypeError(f"{type(source).__name__} has no supervised stage.")
        digest = hashlib.sha256()
        for weight in source.get_weights():
            digest.update(np.ascontiguousarray(weight).tobytes())
        return cls(source, labels, digest.hexdigest())

    @property
    def told(self) -> dict[str, object]:
        """What source.json is to say of it."""
        return {
            names.IDENTITY_LABELS: True,
            "persons": list(self.labels.persons),
            "labels_sha256": self.labels.digest,
            "pretext_sha256": self.pretext_sha256,
        }

    def model(self, seed: int) -> Recognition:
        """The model as it begins, with what recognises drawn by a training's seed."""
        return Recognition(self.source, len(self.labels.persons), 1_000 * seed)
