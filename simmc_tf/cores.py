"""How many processors this process may use."""

import os


def count() -> int:
    """Processors that the process may run on; in a container fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
