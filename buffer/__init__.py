"""What must not be lost: the journal."""
