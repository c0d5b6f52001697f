"""A world from a scenario file: it moves the truck, its load and all that fails, and knows the truth."""
