"""Whose word a vehicle takes: signed documents, keys, the trust store. docs/platform.md has the layout."""
