"""From the journal to one platform each."""
