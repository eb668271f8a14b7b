"""People to recognise: embeddings of their recordings, stored and searched."""
