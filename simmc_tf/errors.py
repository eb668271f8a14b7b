"""The one exception that people's input may cause."""


class InputError(ValueError):
    """Says what a person gave, what was expected and how to mend it.

    Programs print its message as one line and exit with 2; any other exception is a
    fault of this project and keeps its traceback.
    """
