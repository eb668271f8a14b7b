"""Names of what is kept of a trained model; light, for who loads no TensorFlow."""

WEIGHTS = "best.weights.h5"
CONFIG = "config.json"
METRICS, TIMINGS = "metrics.csv", "timings.csv"
BEST = "best.json"
REPORT = "report.html"
