"""How fast this machine multiplies matrices and copies memory, measured now."""

import concurrent.futures
import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import tensorflow as tf

from scripts.benchmarks import operations
from simmc_tf import cores

# A product that takes less is repeated until so many seconds are over.
_AT_LEAST = 0.02
# More than caches hold.
_COPIED = 2**26


@dataclasses.dataclass(frozen=True)
class Limit:
    """The least time that a phase can take on this machine.

    Attributes:
        seconds: that.
        what: how it comes about, for people.
        cpu: least seconds of all threads together, which waiting for others does not
            change; None: not known.
    """

    seconds: float
    what: str
    cpu: float | None = None


class Machine:
    """Measures limits; each shape of a product once.

    Args:
        repeats: of which the fastest counts: limits are what the machine can do.
    """

    def __init__(self, repeats: int) -> None:
        self._repeats = repeats
        # Wall and CPU seconds.
        self._seconds: dict[tuple[operations.Product, str], np.ndarray] = {}
        self.copied_per_second = self._copied_per_second()

    def moving(self, num_bytes: int, what: str) -> Limit:
        """The limit of reading and writing so many bytes once."""
        return Limit(
            num_bytes / self.copied_per_second, f"{num_bytes / 1e6:,.0f} MB: {what}"
        )

    def multiplying(
        self,
        products: Iterable[operations.Product],
        what: str,
        independent: bool = True,
    ) -> Limit:
        """The limit of some products, by the fastest of several ways.

        Args:
            products: to do.
            what: they are, for people.
            independent: each core may do one; otherwise one follows the other.
        """
        products = list(products)
        took = {
            name: np.sum([self._product(each, name) for each in products], axis=0)
            for name in _WAYS
        }
        name = min(
            (name for name in took if independent or name != _EACH),
            key=lambda name: took[name][0],
        )
        giga = operations.multiply_adds(products) / 1e9
        kind = "float64" if any(product.double for product in products) else "float32"
        return Limit(
            float(took[name][0]),
            f"{giga:,.1f} G multiply-adds, {kind}, {name}: {what}",
            float(min(cpu for _, cpu in took.values())),
        )

    def speeds(self) -> dict[str, float]:
        """Of large products, a multiply-add being 2, and of copying, by unit."""
        found = {}
        for kind, double in (("float32", False), ("float64", True)):
            product = operations.Product(1024, 1024, 1024, double=double)
            seconds = min(self._product(product, name)[0] for name in _WAYS)
            found[f"{kind} GFLOP/s"] = round(2e-9 * product.multiply_adds / seconds, 1)
        copied = self.copied_per_second / 1e9
        return {**found, "GB/s read and written": round(copied, 1)}

    def _product(self, product: operations.Product, name: str) -> np.ndarray:
        single = dataclasses.replace(product, count=1.0)
        if (single, name) not in self._seconds:
            kind = np.float64 if single.double else np.float32
            generator = np.random.default_rng(0)
            left = generator.random((single.rows, single.inner)).astype(kind)
            right = generator.random((single.inner, single.columns)).astype(kind)
            with _WAYS[name](left, right) as run:
                self._seconds[single, name] = self._fastest(run)
        return product.count * self._seconds[single, name]

    def _fastest(self, run: Callable[[int], int]) -> np.ndarray:
        """[2] least wall and least CPU seconds of what is run once."""
        run(1)  # Threads and buffers.
        start = time.perf_counter()
        run(1)
        times = max(1, int(_AT_LEAST / max(time.perf_counter() - start, 1e-7)))
        seconds = []
        for _ in range(self._repeats):
            wall, cpu = time.perf_counter(), time.process_time()
            done = run(times)
            spent = time.perf_counter() - wall, time.process_time() - cpu
            seconds.append(np.divide(spent, done))
        return np.min(seconds, axis=0)

    def _copied_per_second(self) -> float:
        """Bytes read and written, by all cores together."""
        num_threads = cores.count()
        source = np.ones(_COPIED, np.uint8)
        target = np.zeros_like(source)
        parts = [
            slice(i * _COPIED // num_threads, (i + 1) * _COPIED // num_threads)
            for i in range(num_threads)
        ]
        with concurrent.futures.ThreadPoolExecutor(num_threads) as pool:

            def copy(times: int) -> int:
                for _ in range(times):
                    list(pool.map(lambda p: np.copyto(target[p], source[p]), parts))
                return times

            return 2 * _COPIED / float(self._fastest(copy)[0])


# Takes how often, and returns how many products that were.
Run = Callable[[int], int]


@contextlib.contextmanager
def _by_numpy(left: np.ndarray, right: np.ndarray) -> Iterator[Run]:
    result = np.empty((len(left), right.shape[1]), left.dtype)

    def run(times: int) -> int:
        for _ in range(times):
            np.matmul(left, right, out=result)
        return times

    yield run


@contextlib.contextmanager
def _on_each_core(left: np.ndarray, right: np.ndarray) -> Iterator[Run]:
    with cores.multiplying() as (pool, num_threads):

        def repeat(times: int) -> None:
            result = np.empty((len(left), right.shape[1]), left.dtype)
            for _ in range(times):
                np.matmul(left, right, out=result)

        def run(times: int) -> int:
            list(pool.map(repeat, [times] * num_threads))
            return times * num_threads

        yield run


@contextlib.contextmanager
def _by_tensorflow(left: np.ndarray, right: np.ndarray) -> Iterator[Run]:
    first, second = tf.constant(left), tf.constant(right)

    def run(times: int) -> int:
        for _ in range(times):
            result = tf.matmul(first, second)
        result[0, 0].numpy()  # A GPU's work is done only then.
        return times

    yield run


_EACH = "NumPy, one a core"
_WAYS = {"NumPy": _by_numpy, _EACH: _on_each_core, "TensorFlow": _by_tensorflow}
