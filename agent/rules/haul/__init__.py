"""The rules of hauling: each judges one moment, and `breach` makes episodes of it."""
