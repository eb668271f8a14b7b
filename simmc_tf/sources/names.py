"""What source models are called; light, for programs that load no TensorFlow yet."""

AGE, SGELA, MG_SCR, SM_SGE = NAMES = ("AGE", "SGELA", "MG-SCR", "SM-SGE")
# Those that need to know which joint is of which part of the body.
OF_GRAPHS = (MG_SCR, SM_SGE)
# Those that can go on with identity labels -> what they are called then, so that
# nobody takes one for the other.
WITH_LABELS = {MG_SCR: f"{MG_SCR}-labels"}
# Key of a JSON that is true where identity labels made what it tells of.
IDENTITY_LABELS = "identity_labels"
MADE_WITH_LABELS = (
    "made with identity labels: the source model's supervised stage learnt who walks "
    "in the training sequences, so nothing that comes of it is unsupervised"
)
# Hyperparameters that the supervised stage has of its own.
_OF_STAGE = ("epochs", "patience", "lr")


def title(model: str, supervised: bool) -> str:
    """What a model is called after either stage."""
    return WITH_LABELS[model] if supervised else model


def stage(name: str) -> tuple[str, bool] | None:
    """The model of a title and whether it is supervised; None where it is no title."""
    for model in NAMES:
        for supervised in (False, True):
            if not supervised or model in WITH_LABELS:
                if name == title(model, supervised):
                    return model, supervised
    return None


def flag(field: str, supervised: bool) -> str:
    """The flag that sets a field of `settings.Settings` of either stage."""
    own = supervised and field in _OF_STAGE
    return f"--supervised_{field}" if own else f"--{field}"
