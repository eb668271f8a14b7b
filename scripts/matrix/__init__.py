"""The matrix of methods and data sets that scripts.results measures."""
