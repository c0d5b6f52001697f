"""The checks, one module per part of the unit: small functions that judge what the probes brought."""
