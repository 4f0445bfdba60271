"""A conversation model at an endpoint: what it is sent, and what is repaired of what it sends."""
