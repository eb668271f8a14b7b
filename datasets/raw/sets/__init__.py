"""Readers of the published data sets' raw files."""
