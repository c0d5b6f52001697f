"""Which sentence ends a receiver's cycle: believed from its profile, learned by watching. Pure."""

from drivers.gnss.decode.solution import Epoch

_AGREED = 3  # cycles that end alike before the end is known
_SPAN = 2000  # ms that they last: some sentences come only once a second
_TIMELESS = 10  # cycles instead of that, from a receiver without a clock
_DISTRUST = -10  # cycles to watch after that was wrong
_DAY = 86_400_000  # ms


class Ending:
    """Watches how epochs end.

    `ends_with` is the kind (RMC, GGA …) that a profile names. It is used until the end is known or doubted;
    not for GSA and GSV, of which an epoch has several.
    """

    def __init__(self, ends_with: str = "") -> None:
        self.believed = ends_with if ends_with not in ("GSA", "GSV") else ""
        self._end: tuple[str, int] = ("", 0)  # id, and how many of it the epoch had
        self._agreed = 0
        self._since: int | None = None
        self._known = False

    def is_end(self, epoch: Epoch) -> bool:
        """Whether the sentence that came last ends this epoch."""
        if self._known:
            return epoch.last == self._end[0] and epoch.count(epoch.last) == self._end[1]
        return bool(self.believed) and epoch.last[2:] == self.believed and bool(epoch.ids)

    def learn(self, epoch: Epoch) -> None:
        """An epoch was closed."""
        end = (epoch.last, epoch.count(epoch.last))
        if end == self._end:
            self._agreed += 1
        else:
            self._agreed, self._since = min(self._agreed, 0) + 1, epoch.tod
        self._end = end
        self._known = self._agreed >= _AGREED and self._lasted(epoch.tod)

    def doubt(self) -> None:
        """A sentence came after the end."""
        self.believed, self._agreed, self._known = "", _DISTRUST, False

    def _lasted(self, tod: int | None) -> bool:
        if tod is None or self._since is None:
            return self._agreed >= _TIMELESS
        return (tod - self._since) % _DAY >= _SPAN
