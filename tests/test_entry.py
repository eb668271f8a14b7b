"""How programs end."""

import subprocess
import sys

from tests import programs


def test_a_reader_that_has_seen_enough_is_no_error():
    code = (
        "from flags import entry\n"
        "entry.run(lambda argv: [print(i, flush=True) for i in range(10**6)])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=programs.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        assert (process.wait(60), said) == (141, b"")
