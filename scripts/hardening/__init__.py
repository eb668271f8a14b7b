"""Trials that try to break the project: kills, faults, limits, other versions."""
