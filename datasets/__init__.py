"""What the data sets are: catalogue, skeletons, files, windows, generated walkers."""
