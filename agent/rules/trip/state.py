"""All that is remembered of trips, and what one moment shows of them."""

from typing import NamedTuple

import msgspec

from agent.model import Effect, Settings
from agent.rules.agreement import Load
from agent.rules.haul.scene import Scene
from agent.rules.motion import SECOND, Motion, fresh, knows_speed
from agent.rules.switches import Switches
from agent.rules.trip.ground import Ground, Seen, Stop, Where
from agent.rules.trip.moment import Moment, Offsets
from agent.rules.trip.papers import Book
from agent.rules.trip.scales import Words, words
from agent.rules.trip.trip import Trip
from agent.rules.trip.way import Way

_WAIT_S = 600.0  # a change is not placed while the position may soon be back


class Turning(msgspec.Struct, frozen=True):
    """The signals say `laden` since `since` (ns), and it did not hold for long enough yet."""

    laden: bool
    since: int


class Suspect(msgspec.Struct, frozen=True):
    """An accusation that is not over: its kind, subject and begin; the stop that it is about, if any."""

    kind: str
    subject: str
    since: Moment
    trip: str | None
    stop: Moment | None = None
    fixes: tuple[Seen, ...] = ()


class Trips(msgspec.Struct, frozen=True):
    """`laden` None: nobody knows; it is so since `sure_at` at the latest, by the signals `by`, `sure` (0..1);
    `held`: when it was decided.

    `last`: the trip that ended, at `last_at`, while it may be corrected; `last_timed`: its UTC was known;
    `last_suspect`: what it was accused of. `told`: the record of the present stop. `seen`: the last moment;
    `away`: why nobody watches just now. `newest`: ns of the newest trip's id in this boot.
    """

    laden: bool | None = None
    sure: float = 0.0
    by: tuple[str, ...] = ()
    sure_at: Moment | None = None
    held: Moment | None = None
    turning: Turning | None = None
    ground: Ground = Ground()
    stop: Stop | None = None
    way: Way = Way()
    trip: Trip | None = None
    last: Trip | None = None
    last_at: Moment | None = None
    last_timed: bool = True
    last_suspect: str | None = None
    book: Book = ()
    offsets: Offsets = {}
    suspects: dict[str, Suspect] = {}
    told: str | None = None
    seen: Moment | None = None
    away: str | None = None
    newest: int = 0
    ticked: int = 0


Step = tuple[Trips, list[Effect]]


class Sight(NamedTuple):
    """One moment; `scene` only where it is that of a fit fix."""

    settings: Settings
    now: Moment
    scene: Scene | None
    motion: Motion
    load: Load
    switches: Switches
    offset: int | None

    @property
    def words(self) -> Words:
        """What the signals say."""
        return words(self.load, self.switches, self.now.ns)

    @property
    def place(self) -> Where | None:
        """Where the truck is, by a fit fix that is not old."""
        fix = fresh(self.motion, self.settings, self.now.ns)
        return None if fix is None or fix.lat is None or fix.lon is None else (fix.lat, fix.lon)

    @property
    def moving(self) -> bool:
        """Whether it is known to move."""
        return self.motion.moving and knows_speed(self.motion, self.settings, self.now.ns)

    @property
    def utc_s(self) -> int | None:
        """UTC, s since 1970; None without a trusted clock."""
        return None if self.offset is None else (self.now.ns + self.offset) // SECOND


def unsettled(trips: Trips, sight: Sight) -> bool:
    """Whether more will soon be known of the place: how long the truck stands, or where it is at all."""
    stop, gaps = trips.stop, trips.ground.gaps
    if gaps and gaps[-1].open:
        return sight.now.ns - gaps[-1].waiting < _WAIT_S * SECOND
    return stop is not None and not stop.over and stop.seconds < sight.settings.trips.stop_s
