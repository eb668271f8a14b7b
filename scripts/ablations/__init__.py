"""Parts of scripts.ablate."""
