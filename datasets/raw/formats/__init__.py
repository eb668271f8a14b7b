"""Readers of what sensors, pose estimators and motion capture write."""
