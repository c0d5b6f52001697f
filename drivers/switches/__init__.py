"""Switches of the truck and of the unit, and its supply: lines of a GPIO chip, or value files."""
