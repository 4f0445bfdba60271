"""The stylist: the language model that picks and scores items, and how it is trained and measured."""
