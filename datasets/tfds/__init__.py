"""Builders for tensorflow-datasets: importing this package registers them."""

from datasets.tfds import own, published

__all__ = ["own", "published"]
