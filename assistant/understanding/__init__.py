"""What a message means: one message, and over the turns of a conversation."""
