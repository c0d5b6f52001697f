"""Simulated hauls: scripts of whole shifts, played through the agent's own code, and scored."""
