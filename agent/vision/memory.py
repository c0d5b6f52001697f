"""Memory that a process needed once and for a short time."""

import ctypes


def give_back() -> None:
    """Return freed memory to the system: glibc would keep it (malloc_trim(3)); elsewhere nothing."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
