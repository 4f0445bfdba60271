"""Embeddings, the caption index, and the search for what complements."""
