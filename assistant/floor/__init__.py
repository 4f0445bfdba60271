"""What happens in the shop: proposing, ranking, looks, judgements, and the tools that reach them."""
