"""Vectors of skeletons: stored, brought in, or computed from coordinates."""
