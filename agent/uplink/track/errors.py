"""What can be wrong with a compact track batch."""


class TrackFormatError(ValueError):
    """The bytes are no compact track batch, are damaged, or are of a version that isn't known; says which."""
