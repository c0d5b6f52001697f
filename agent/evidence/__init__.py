"""Evidence that stands up: the device's key, signed anchors of the chain, bundles, and their verification.

docs/evidence.md describes a bundle to the byte, docs/security.md says what all this proves and what not.
"""
