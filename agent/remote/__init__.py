"""What a platform may change of the unit's settings, and how that takes effect."""
