"""The demo shop: items, and the drawings they are pictured by."""
