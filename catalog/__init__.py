"""What is sold: items, pictures, captions, and the one vocabulary."""
