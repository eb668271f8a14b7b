"""Readers of raw recordings: what a sensor or a published data set lays on disk."""
