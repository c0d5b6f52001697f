"""GNSS receivers: bytes to lines to sentences to one fix per epoch."""
