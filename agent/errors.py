"""Errors of the agent's own.

    AgentError
    ├── ConfigError      a configuration or zone file is wrong: exit 78
    ├── PlatformMissing  the daemon or a broker cannot be reached: exit 3
    ├── ModelError       the load model is missing, altered or does not run
    ├── TrackError       a file holds no fixes, or no compact track batch
    ├── EvidenceError    a bundle can't be made or opened
    ├── FlightError      a flight recording cannot be read or replayed
    ├── AnalysisError    exports can't be read or written, or a library of the extra is missing
    └── TrustError       a key, the trust store or a signed document cannot be used

Each says what is wrong, where, and what to do about it.
"""


class AgentError(Exception):
    """Base of the tree above; `what`, `where` and `remedy` are one phrase each."""

    def __init__(self, what: str, *, where: str, remedy: str) -> None:
        super().__init__(what, where, remedy)
        self.what, self.where, self.remedy = what, where, remedy

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.remedy}"


class ConfigError(AgentError):
    """A configuration or zone file is wrong."""


class PlatformMissing(AgentError):  # noqa: N818 - reads as what happened
    """The daemon or a broker cannot be reached."""


class ModelError(AgentError):
    """The load model is missing, altered or does not run."""


class TrackError(AgentError):
    """A file holds no fixes, or no compact track batch."""


class TrustError(AgentError):
    """A key, the trust store or a signed document cannot be used."""


class EvidenceError(AgentError):
    """A bundle can't be made or opened."""


class NoEvidenceError(EvidenceError):
    """There is no bundle to look at, so nothing is said of it."""


class FlightError(AgentError):
    """A flight recording cannot be read or replayed."""


class AnalysisError(AgentError):
    """Exports can't be read or written, or a library that only analysis needs is missing."""
