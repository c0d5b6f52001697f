"""Why a probe has nothing to bring: something else is at fault, which has a check of its own."""


class Needs(Exception):  # noqa: N818 - reads as what it says
    """See the finding `code` first."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
