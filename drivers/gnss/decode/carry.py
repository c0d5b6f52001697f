"""What an epoch does not say is as in the ones just before, for a while; the fix names it as inferred. Pure.

Many receivers say in turns what others say each second: only one epoch in two or ten has a GGA or GSA.
"""

import msgspec

from drivers.readings import Fix, Mode

_EPOCHS = 10


class Carry:
    """Keeps dimension, number of satellites and dilution of the last epochs that had them."""

    def __init__(self) -> None:
        self._dimension: tuple[int, int] = (2, 0)  # last known, and for how many epochs it holds
        self._satellites: int | None = None
        self._hdop: float | None = None
        self._holds = 0

    def mode(self, said: int | None) -> Mode:
        """2D or 3D; 2D where nobody has said."""
        last, holds = self._dimension
        self._dimension = (said, _EPOCHS) if said else (last, holds - 1)
        return "3d" if (said or (last if holds > 0 else 2)) == 3 else "2d"

    def complete(self, fix: Fix, inferred: tuple[str, ...]) -> Fix:
        """The fix with what it does not say itself; `inferred` else."""
        satellites, hdop = fix.satellites, fix.hdop
        if satellites is not None and hdop is not None:
            self._satellites, self._hdop, self._holds = satellites, hdop, _EPOCHS
            return msgspec.structs.replace(fix, inferred=inferred) if inferred else fix
        self._holds -= 1
        missing: dict[str, float] = {}
        if self._holds >= 0 and satellites is None and self._satellites is not None:
            missing["satellites"] = self._satellites
        if self._holds >= 0 and hdop is None and self._hdop is not None:
            missing["hdop"] = self._hdop
        return msgspec.structs.replace(fix, **missing, inferred=(*inferred, *missing))
