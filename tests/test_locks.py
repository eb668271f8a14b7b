"""The lock files hold what the requirement files ask for, and name no index."""

import itertools
import pathlib
import re
import subprocess

import pytest
from packaging import requirements, utils

from scripts.hardening import versions

ROOT = pathlib.Path(__file__).resolve().parents[1]
LOCKS = {
    "requirements.lock": ("requirements-cpu.txt",),
    "requirements-dev.lock": ("requirements-cpu.txt", "requirements-dev.txt"),
}
PINNED = re.compile(r"(\S+?)==(\S+)(?: ; (.*))?")
MACHINES = [
    {
        "python_version": f"{major}.{minor}",
        "python_full_version": f"{major}.{minor}.5",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
    }
    for (major, minor), machine in itertools.product(
        versions.SUPPORTED, ("x86_64", "aarch64")
    )
]


def pins(name, machine):
    """Versions by package that a lock file gives a machine."""
    found = {}
    for entry in entries(name):
        asked = requirements.Requirement(entry[0])
        if asked.marker is None or asked.marker.evaluate(machine):
            package = utils.canonicalize_name(asked.name)
            assert package not in found, f"{package} twice for {machine}"
            (pin,) = asked.specifier
            found[package] = pin.version
    return found


def entries(name):
    """Requirements of a lock file, each with its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for entry in "\n".join(lines).replace("\\\n", " ").splitlines():
        asked, *hashes = entry.split(" --hash=")
        yield asked.strip(), [each.strip() for each in hashes]


def asked_for(name):
    """Requirements of a requirement file and of those that it includes."""
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            yield from asked_for(line[3:].strip())
        elif line and not line.startswith("#"):
            yield requirements.Requirement(line)


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize(
    "machine", MACHINES, ids="{0[python_version]} {0[platform_machine]}".format
)
def test_a_lock_has_all_that_is_asked_for_within_its_bounds(lock, machine):
    found = pins(lock, machine)
    for name in LOCKS[lock]:
        for asked in asked_for(name):
            version = found[utils.canonicalize_name(asked.name)]
            assert asked.specifier.contains(version), f"{asked}: {version}"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_everything_with_hashes_and_names_no_place(lock):
    found = list(entries(lock))
    assert len(found) > 40
    for asked, hashes in found:
        assert PINNED.fullmatch(asked), asked
        assert hashes, asked
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes)
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted-host", text)


def test_the_demo_and_the_tests_lock_the_same_versions():
    demo, tests = (set(next(zip(*entries(lock), strict=True))) for lock in LOCKS)
    packages = [{PINNED.fullmatch(each)[1] for each in some} for some in (demo, tests)]
    assert packages[0] < packages[1]
    pinned = [{PINNED.fullmatch(each).group(1, 2) for each in s} for s in (demo, tests)]
    assert pinned[0] < pinned[1]


CHOSEN = """
source scripts/environment.sh
PYTHON="$1"
shift
_lock_for "$@"
"""


def chosen(python, *stack, lock="1"):
    return subprocess.run(
        ["bash", "-c", CHOSEN, "-", python, *stack],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "SIMMC_LOCK": lock},
        capture_output=True,
        text=True,
        check=True,
    )


def test_an_environment_takes_the_lock_of_its_stack_where_it_fits(tmp_path):
    fitting, other = tmp_path / "fitting", tmp_path / "other"
    for path, status in ((fitting, 0), (other, 1)):
        path.write_text(f"#!/bin/sh\nexit {status}\n")
        path.chmod(0o755)
    cpu, dev = "requirements-cpu.txt", "requirements-dev.txt"
    assert chosen(fitting, cpu).stdout == "requirements.lock\n"
    assert chosen(fitting, cpu, dev).stdout == "requirements-dev.lock\n"
    assert chosen(fitting, cpu, dev, lock="0").stdout == ""
    assert chosen(fitting, "requirements.txt", dev).stdout == ""
    done = chosen(other, cpu)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("requirements.lock is for Python 3.10 to 3.13 on Linux: ")


def test_the_supported_versions_are_told_alike():
    lowest, highest = (".".join(map(str, each)) for each in versions.SUPPORTED[::3])
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'requires-python = ">={lowest}"' in project
    for name in ("scripts/environment.sh", "scripts/doctor.py"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert f"Python {lowest} to {highest}" in text, name


def test_interpreters_are_found_by_version(tmp_path):
    def make(name, text):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\necho {text}\n")
        path.chmod(0o755)
        return str(path)

    given = [make("a", "Python 3.12.9"), make("b", "Python 3.10.1")]
    assert versions.interpreters(given) == {(3, 12): given[0], (3, 10): given[1]}
    with pytest.raises(versions.errors.InputError, match=r"3\.10 to 3\.13"):
        versions.interpreters([make("c", "Python 2.7.18")])
