"""Zones and permits from files: read, checked to the last feature, watched, and the last good ones kept."""
