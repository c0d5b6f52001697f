"""How a module is set, and how it is changed without losing it."""
