"""Generated walkers, seen by a noisy sensor: data with known truth, of any size."""

from datasets.synthetic.generator import Settings, generate
from datasets.synthetic.presets import like
from datasets.synthetic.sensor import KINECT, LIFTED, PERFECT, SensorNoise
from datasets.synthetic.takes import VIEWS, Take

__all__ = [
    "KINECT",
    "LIFTED",
    "PERFECT",
    "VIEWS",
    "SensorNoise",
    "Settings",
    "Take",
    "generate",
    "like",
]
