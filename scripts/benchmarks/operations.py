"""What a phase must multiply, and how many bytes it must move, by its sizes."""

import dataclasses
from collections.abc import Iterable

# Sequences that are encoded at once, and rows of a block of the search: the product's.
ENCODED_AT_ONCE = 2048
SEARCHED_AT_ONCE = 1024
# Probes and gallery sequences of one matrix product of the evaluation.
PROBES_AT_ONCE = 256
GALLERY_AT_ONCE = 16384


@dataclasses.dataclass(frozen=True)
class Product:
    """Matrix products [rows, inner] x [inner, columns].

    Attributes:
        rows: of the left matrix.
        inner: summed over.
        columns: of the right matrix.
        count: how many such products; a share where larger ones are made of pieces.
        double: in float64 instead of float32.
    """

    rows: int
    inner: int
    columns: int
    count: float = 1.0
    double: bool = False

    @property
    def multiply_adds(self) -> float:
        """Of all of them."""
        return self.rows * self.inner * self.columns * self.count


def multiply_adds(products: Iterable[Product]) -> float:
    """Of all products."""
    return sum(product.multiply_adds for product in products)


def encoding(
    num_sequences: int, num_frames: int, layers: list[int], views: int
) -> list[Product]:
    """Forward pass: hidden layers on every frame, the last layer once a view.

    Args:
        num_sequences: N.
        num_frames: f.
        layers: [d, H, ..., H], numbers a skeleton, then the width of each layer.
        views: means that go through the last layer: 2 masked ones, or 1 of all frames.
    """
    full, rest = divmod(num_sequences, ENCODED_AT_ONCE)
    products = []
    for size, count in ((ENCODED_AT_ONCE, full), (rest, 1)):
        if size and count:
            for inner, columns in zip(layers[:-2], layers[1:-1], strict=True):
                products.append(Product(size * num_frames, inner, columns, count))
            products.append(Product(size, layers[-2], layers[-1], count * views))
    return products


def training_step(
    batch_size: int, num_frames: int, layers: list[int], clusters: Iterable[int]
) -> list[Product]:
    """One step, forward and backward, as far as a gradient is needed.

    Every product has one of its weights and one of its input as long again; inputs of
    the encoder have none, prototypes have none.

    Args:
        batch_size: B.
        num_frames: f.
        layers: [d, H, ..., H].
        clusters: prototypes K of either view.
    """
    width = layers[-1]
    products = []
    for number, (inner, columns) in enumerate(
        zip(layers[:-2], layers[1:-1], strict=True)
    ):
        rows = batch_size * num_frames
        products += [Product(rows, inner, columns), Product(inner, rows, columns)]
        if number:
            products.append(Product(rows, columns, inner))
    for num_clusters in clusters:
        # Last layer and predictor: the same shapes, forward, weights, input.
        products.append(Product(batch_size, width, width, 4))
        products.append(Product(width, batch_size, width, 2))
        if num_clusters > 1:
            products.append(Product(batch_size, width, num_clusters))
            products.append(Product(batch_size, num_clusters, width))
    return products


def search(num_rows: int, width: int, views: int) -> list[Product]:
    """All N x N products of the rows of each view."""
    size = min(num_rows, SEARCHED_AT_ONCE)
    return [Product(size, width, size, views * (num_rows / size) ** 2)]


def matching(num_probes: int, num_gallery: int, width: int) -> list[Product]:
    """All products of probes and gallery, in float64."""
    rows, columns = min(num_probes, PROBES_AT_ONCE), min(num_gallery, GALLERY_AT_ONCE)
    count = num_probes * num_gallery / (rows * columns)
    return [Product(rows, width, columns, count, double=True)]


def jaccard_bytes(
    num_rows: int, width: int, num_neighbours: int, distances: int
) -> int:
    """Features and neighbours in, distances out, of one view.

    Args:
        num_rows: N.
        width: H.
        num_neighbours: k1.
        distances: bytes of the sparse distances.
    """
    return 4 * num_rows * (width + num_neighbours) + distances


def dbscan_bytes(num_rows: int, distances: int) -> int:
    """Distances in, labels out, of one view."""
    return distances + 4 * num_rows


def prototypes_bytes(num_rows: int, width: int, num_clusters: int) -> int:
    """Features and labels in, prototypes out, of one view."""
    return 4 * (num_rows * (width + 1) + num_clusters * width)
