"""Programs beside the main ones: python -m scripts.NAME."""
