"""Plane geometry on small pieces of the earth, without numpy. Pure."""
