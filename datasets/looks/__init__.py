"""Whether recordings look like people: what cannot be right, and what to do."""
