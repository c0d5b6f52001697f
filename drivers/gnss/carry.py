"""What an epoch does not say is as in the ones just before, for a while; the fix names it as inferred. Pure.

Many receivers say in turns what others say each second: only one epoch in two or ten has a GGA or GSA.
"""

from typing import Any

import msgspec

from drivers.readings import Fix, Mode

_EPOCHS = 10


class Carry:
    """Keeps dimension, number of satellites and dilution of the last epochs that had them."""

    def __init__(self) -> None:
        self._dimension: tuple[int, int] = (2, 0)  # last known, and for how many epochs it holds
        self._kept: dict[str, tuple[Any, int]] = {}

    def mode(self, said: int | None) -> Mode:
        """2D or 3D; 2D where nobody has said."""
        last, holds = self._dimension
        self._dimension = (said, _EPOCHS) if said else (last, holds - 1)
        return "3d" if (said or (last if holds > 0 else 2)) == 3 else "2d"

    def complete(self, fix: Fix) -> Fix:
        """The fix with what it does not say itself."""
        missing = {}
        for name in ("satellites", "hdop"):
            value = getattr(fix, name)
            if value is not None:
                self._kept[name] = (value, _EPOCHS)
            elif name in self._kept:
                value, holds = self._kept.pop(name)
                missing[name] = value
                if holds > 1:
                    self._kept[name] = (value, holds - 1)
        if not missing:
            return fix
        return msgspec.structs.replace(fix, **missing, inferred=(*fix.inferred, *missing))
