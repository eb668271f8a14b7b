"""Representations of undocumented layout: what is what, by names and shapes."""
