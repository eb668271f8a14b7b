"""The data that are measured on: recorded ones, and generated ones of any size."""

import dataclasses
import json
import pathlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from datasets import loading, synthetic, windows
from flags import defaults
from scripts import peer_data
from simmc_tf import config as configs
from simmc_tf import data as data_module

LENGTH = 6
_SPLITS = ("train", "gallery", "probe")
# Gallery and probes as a share of the training set, and at most.
_GALLERY = (3, 12_000)
_PROBE = (6, 6_000)
# More are made of so many by noise: walkers take their time.
_MOST_WALKERS = 105
# Metres by which another person's joints are off, and by which a frame's are.
_PERSON_NOISE, _FRAME_NOISE = 0.03, 0.01


@dataclasses.dataclass(frozen=True)
class Source:
    """Where data come from, and what they are.

    Attributes:
        name: short.
        what: for people.
        path: a data set's .npz, or the folder of generated sequences.
    """

    name: str
    what: str
    path: pathlib.Path

    def load(self) -> data_module.ReidData:
        """Reads and centres the sequences.

        Raises:
            errors.InputError: they are not there.
        """
        if self.name in peer_data.PEERS:
            return peer_data.PEERS[self.name].load()
        train, gallery, probe = (
            loading.centred(
                data_module.Split(
                    np.load(self.path / f"{split}.npy"),
                    np.load(self.path / f"{split}_person.npy"),
                )
            )
            for split in _SPLITS
        )
        matching = data_module.Matching(gallery, probe)
        return data_module.ReidData(train, matching, balanced=False)

    def title(self, data: data_module.ReidData) -> str:
        """What `data`, which it loads, are."""
        sizes = ", ".join(f"{len(s):,} {name}" for name, s in data.splits.items())
        _, frames, size = data.train.sequences.shape
        return f"{self.what}; {sizes}; {frames} skeletons of {size // 3} joints each"

    def config(self, **given: object) -> configs.Config:
        """The published settings of the data set; generated ones take KGBD's."""
        peer = peer_data.PEERS.get(self.name, peer_data.PEERS["kgbd"])
        return defaults.config(peer.name, peer.probe, LENGTH, given)

    @property
    def num_bytes(self) -> int:
        """Bytes on disk."""
        if self.path.is_dir():
            return sum(path.stat().st_size for path in self.path.glob("*.npy"))
        return self.path.stat().st_size


def sources(
    names: Sequence[str],
    sizes: Sequence[int],
    seed: int,
    folder: pathlib.Path,
    say: Callable[[str], None],
) -> Iterator[Source]:
    """Recorded data sets, then generated ones, each made when its turn comes."""
    for name in names:
        yield recorded(name)
    for size in sizes:
        say(f"generating {size:,} sequences")
        yield generated(size, seed, folder)


def generated_name(num_sequences: int) -> str:
    """Of a generated data set of N training sequences."""
    return f"generated-{num_sequences}"


def recorded(name: str) -> Source:
    """One of `peer_data.PEERS`."""
    peer = peer_data.PEERS[name]
    return Source(name, f"{peer.name}-shaped, from {peer.file}", peer.path())


def generated(num_sequences: int, seed: int, folder: pathlib.Path) -> Source:
    """Writes a generated data set of N training sequences.

    Args:
        num_sequences: N, at least a batch.
        seed: of everything.
        folder: gets a folder of the data set.
    """
    path = folder / generated_name(num_sequences)
    path.mkdir()
    # 192 training sequences a walker, or somewhat fewer where frames drop out.
    num_walkers = min(max(2, -(-num_sequences // 150)), _MOST_WALKERS)
    walkers = synthetic.generate(synthetic.like("KGBD", num_walkers, seed))
    base = windows.by_split(
        walkers, np.asarray(walkers.split), LENGTH, windows.Training.APART
    )
    counts = {
        "train": num_sequences,
        **{
            split: max(1, min(num_sequences // share, most))
            for split, (share, most) in (("gallery", _GALLERY), ("probe", _PROBE))
        },
    }
    for number, split in enumerate(_SPLITS):
        _write(path / split, base[split], counts[split], num_walkers, (seed, number))
    copies = -(-num_sequences // len(base["train"]))
    title = f"sequences of {num_walkers} generated walkers (KGBD-like)"
    if copies > 1:
        title += f" and noisy copies ({copies - 1} of each) as other persons"
    return Source(path.name, title, path)


def _write(
    path: pathlib.Path,
    base: data_module.Split,
    count: int,
    num_walkers: int,
    key: tuple[int, int],
) -> None:
    """Writes `count` sequences: those of the walkers, then copies with noise."""
    # Of all persons alike, however few sequences there are.
    order = np.random.default_rng(key).permutation(len(base))
    sequences = np.lib.format.open_memmap(
        path.with_suffix(".npy"), "w+", np.float32, (count, *base.sequences.shape[1:])
    )
    persons = np.empty(count, np.int64)
    for copy, start in enumerate(range(0, count, len(base))):
        chosen = order[: count - start]
        part = base.sequences[chosen].astype(np.float32)
        if copy:
            # The same in all splits, for the person is.
            others = np.random.default_rng((key[0], copy)).normal(
                scale=_PERSON_NOISE, size=(num_walkers, 1, *part.shape[2:])
            )
            noise = np.random.default_rng((*key, copy))
            part += others[base.persons[chosen]].astype(np.float32)
            part += _FRAME_NOISE * noise.standard_normal(part.shape, np.float32)
        sequences[start : start + len(chosen)] = part
        persons[start : start + len(chosen)] = base.persons[chosen] + copy * num_walkers
    sequences.flush()
    np.save(path.with_name(f"{path.name}_person.npy"), persons)


def as_text(source: Source) -> str:
    """A source for the command line of another process."""
    return json.dumps([source.name, source.what, str(source.path)])


def from_text(text: str) -> Source:
    """What `as_text` wrote."""
    name, what, path = json.loads(text)
    return Source(name, what, pathlib.Path(path))
