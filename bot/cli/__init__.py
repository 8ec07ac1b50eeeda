"""What a shell sees: thin commands over the same functions that the server uses."""
