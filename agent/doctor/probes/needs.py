"""Why a probe has nothing to bring: something else is at fault, or the unit rests."""


class Needs(Exception):  # noqa: N818 - reads as what it says
    """See the finding `code` first."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Rests(Exception):  # noqa: N818 - likewise
    """Nobody is to be watched now, so nothing is missing: ignition off, or off duty."""
