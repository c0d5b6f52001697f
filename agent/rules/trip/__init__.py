"""Trips: became loaded, hauled, became empty. Pure; `agent.rules.trips` puts the parts together."""
