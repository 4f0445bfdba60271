"""Conversations with expectations, asked and counted."""
