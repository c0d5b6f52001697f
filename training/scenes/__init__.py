"""Scenes of tipper beds: what is in them is drawn without Blender, what they look like is built inside it."""
