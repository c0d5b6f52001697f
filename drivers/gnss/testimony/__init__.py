"""What a receiver's signals, positions and messages say of its own word. Pure."""
