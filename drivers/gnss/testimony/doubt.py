"""One doubt with hysteresis: it is raised when its cause lasts, and given up when the cause stays away."""

from drivers.gnss.testimony.limits import seconds
from drivers.readings import Suspicion, SuspicionKind


class Doubt:
    """Raised when `see` had a cause without a break for `after_s`; over `over_s` after the last cause."""

    def __init__(self, after_s: float, over_s: float) -> None:
        self._after, self._over = seconds(after_s), seconds(over_s)
        self._last = 0
        self.since: int | None = None
        self.raised = False
        self.why = ""

    def see(self, now: int, why: str | None) -> None:
        """What is known at `now` (ns): the cause in figures, or None when there is none."""
        if why is not None:
            self.since = now if self.since is None else self.since
            self._last = now
            if not self.raised:
                self.why = why  # a raised doubt keeps the figures that raised it
            self.raised = self.raised or now - self.since >= self._after
        elif not self.raised or now - self._last >= self._over:
            self.since, self.raised = None, False


def suspicion(kind: SuspicionKind, *doubts: Doubt) -> tuple[Suspicion, ...]:
    """The suspicion that raised doubts add up to, or none."""
    raised = [d for d in doubts if d.raised and d.since is not None]
    if not raised:
        return ()
    return (Suspicion(kind, min(d.since or 0 for d in raised), "; ".join(d.why for d in raised)),)
