"""What may be said: an answer held against what tools returned in the conversation."""
