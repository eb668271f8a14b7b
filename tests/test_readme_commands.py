"""Every command of the README, run for real: python -m pytest -m slow.

In a folder of its own, one after another as a reader would, on stand-ins for what the
README's reader brings; an epoch each, and few walkers, for time. scripts/demo.sh and
scripts/test.sh, which install, are what CI and the demo run.
"""

import dataclasses
import pathlib
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest

from datasets import recordings as recordings_module
from datasets import skeletons, synthetic

ROOT = pathlib.Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line.split("#")[0].strip()
    for line in re.findall(r"^ {4}(python .*)$", README, re.MULTILINE)
]
NEEDED = ("simmc_tf", "datasets", "flags", "scripts", "requirements*.txt", "*.py")
SIDES = ("Left", "Right")
FEW = ("--persons", "4", "--seed", "1")
# What a reader has, or has done, before the command that begins like this.
BEFORE = {
    "python SimMC.py --dataset KS20": ("scripts.make_synthetic --like KS20",),
    "python SimMC.py --dataset IAS": ("scripts.make_synthetic --like IAS --length 8",),
    "python SimMC.py --dataset BIWI": (
        "scripts.make_synthetic --like BIWI",
        "SimMC.py --dataset BIWI --probe Walking",
    ),
    "python SimMC.py --dataset CAISA_B": (
        "scripts.make_synthetic --like CASIA_B --length 40",
    ),
    "python SimMC-UF.py": (
        "scripts.extract --source SM-SGE --dataset KS20 --probe probe",
    ),
    "python Pre-process.py 6$": ("scripts.make_raw --raw_root . --dataset KS20",),
}
TRAINS = ("SimMC.py", "SimMC-UF.py", "scripts.extract")
DRAWS = ("scripts.make_synthetic", "scripts.make_raw")


def shorter(words):
    """The same command, with fewer walkers and one epoch."""
    program = words[0] if words[0] != "-m" else words[1]
    if program in TRAINS and "--mode" not in words and "--model_size" not in words:
        return [*words, "--epochs", "1"]
    return [*words, *FEW] if program in DRAWS else words


# Where a Kinect v1 calls a joint otherwise, or has none there.
NEAREST = {
    **{"SpineBase": "HipCenter", "SpineMid": "Spine", "Neck": "ShoulderCenter"},
    **{"SpineShoulder": "ShoulderCenter"},
    **{f"{end}{side}": f"Hand{side}" for side in SIDES for end in ("HandTip", "Thumb")},
}


def walkers(seed, persons=4):
    """Recordings as a Kinect v2 would name their joints."""
    settings = synthetic.Settings(persons=persons, frames=60, seed=seed)
    found = synthetic.generate(settings)
    joints = skeletons.KINECT_V2.joints
    where = [found.joint_names.index(NEAREST.get(joint, joint)) for joint in joints]
    return dataclasses.replace(
        found, positions=found.positions[:, where], joint_names=joints
    )


def write_table(folder, found):
    """A recording a file, a frame a row."""
    head = ",".join(f"{joint}_{axis}" for joint in found.joint_names for axis in "XYZ")
    pieces = np.split(found.positions, found.starts[1:-1])
    for frames, person, name in zip(pieces, found.person, found.recording, strict=True):
        path = folder / f"person{person}" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = frames.reshape(len(frames), -1)
        np.savetxt(path, rows, delimiter=",", header=head, comments="")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A clone, as far as programs go, with a reader's own files in it."""
    folder = tmp_path_factory.mktemp("reader")
    for pattern in NEEDED:
        for path in ROOT.glob(pattern):
            (folder / path.name).symlink_to(path)
    write_table(folder / "FOLDER", walkers(seed=0))
    # As many people as calibration wants for its rate, besides the four enrolled.
    for seed, (name, persons) in enumerate(
        {"WHO": 4, "NEW": 4, "HELD_OUT": 24}.items()
    ):
        recordings_module.write(folder / f"{name}.npz", walkers(seed, persons))
    return folder


def run(words, place):
    done = subprocess.run(
        [sys.executable, *shorter(words)],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, (words, done.stdout[-2000:], done.stderr[-2000:])


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_a_command_of_the_readme_runs(command, place):
    for beginning, needed in BEFORE.items():
        if re.match(beginning, command):
            for line in needed:
                words = shlex.split(line)
                run(words if words[0].endswith(".py") else ["-m", *words], place)

    run(shlex.split(command)[1:], place)
