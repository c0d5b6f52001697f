"""How many examples a property is tried on: all of them by `make proof`, a share of them by `make test`."""

from hypothesis import settings

FULL = 100  # Hypothesis' own number, and that of the profile `full`


def samples(full: int) -> int:
    """Of `full` examples as many as the profile has of a hundred, and no less than six."""
    return max(min(full, 6), full * settings.default.max_examples // FULL)
