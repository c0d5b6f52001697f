"""The compact track batch: fixes as columns of small differences. docs/track-format.md is its description."""
