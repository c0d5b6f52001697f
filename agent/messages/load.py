"""Stream `event`: the load, with every reason to believe what is said of it."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from agent.messages.hauling import Fixes, Worst
from agent.messages.parts import (
    BootHead,
    CameraFaultKind,
    Chance,
    Chances,
    Count,
    Event,
    LoadState,
    Part,
    Place,
    Us,
    Zone,
)

Change = Literal["first_seen", "became_loaded", "became_empty", "cover_opened", "cover_closed"]
Ending = Literal["covered", "partly", "empty", "uncovered", "site", "parked", "unobserved", "interrupted"]


class View(Part, frozen=True, kw_only=True):
    """What one camera's pictures amount to: model, teaching and frame behind it, and its open fault."""

    state: LoadState
    p: Chances
    model: str
    teaching: str | None
    frame: Count
    at_us: Us
    fault: CameraFaultKind | None


class Glance(Part, frozen=True, kw_only=True):
    """One frame's own word."""

    at_us: Us
    frame: Count
    state: LoadState
    p: Chances


class Trail(Part, frozen=True, kw_only=True):
    """The frames behind a word since `since_us`: how many, and four of them."""

    since_us: Us
    usable: Count
    unusable: Count
    first: Glance
    strongest: Glance
    weakest: Glance
    last: Glance


class PerState(Part, frozen=True, kw_only=True):
    """A number for each state of the load."""

    empty: float
    covered: float
    partly: float
    uncovered: float


class Smoothing(Part, frozen=True, kw_only=True):
    """How frames became one word: the parameters of docs/load-over-time.md; times in s."""

    smoothing_s: float
    looks: float
    look_s: float
    confidence: float
    doubt: float
    forget_s: float
    keep: float
    mistaken: float
    dwell_s: PerState
    prior: PerState


class Thresholds(Part, frozen=True, kw_only=True):
    """What had to be reached: confidence 0..1, and for how long, s."""

    confidence: float
    after_s: float


class RoadThresholds(Thresholds, frozen=True, kw_only=True):
    """And besides: what is moving, how near a site is still the site, when a reading is too old."""

    moving_mps: float
    grace_m: float
    stale_reading_s: float


class LoadChanged(Event, frozen=True, kw_only=True):
    """The load is another for good. It happened between the moments of `between_us` (null: not seen)."""

    kind: Change
    from_: LoadState = msgspec.field(name="from")
    to: LoadState
    since_us: Us
    between_us: tuple[Us | None, Us]
    zone: Zone
    place: Place | None
    confidence: Chance
    views: dict[str, View]
    readings: dict[str, Trail]
    smoothing: Smoothing
    settings: str
    thresholds: Thresholds


class Conditions(Part, frozen=True, kw_only=True):
    """Since when each condition of an accusation held, and the least confidence meanwhile."""

    state_since_us: Us
    sure_since_us: Us
    watched_since_us: Us
    moving_outside_sites_since_us: Us
    newest_usable_us: Us
    least_confidence: Chance


class ExposedStarted(Event, frozen=True, kw_only=True):
    """An exposed load on a moving truck outside the sites; an episode begins.

    uncovered_load is a violation, partly_covered a notice.
    """

    since_us: Us
    place: Place | None
    zone: Zone
    worst: Worst | None
    way_m: float
    fixes: Fixes
    conditions: Conditions
    confidence: Chance
    views: dict[str, View]
    readings: dict[str, Trail]
    smoothing: Smoothing
    settings: str
    thresholds: RoadThresholds
    authority: tuple[str, ...]
    layers: dict[str, str | None]


class ExposedEnded(Event, frozen=True, kw_only=True):
    """The episode is over, for `reason`; it lasted from `since_us` to `until_us`.

    interrupted: the agent did not run, its boot was over or the shift ended; then only `boot` is there of
    the rest.
    """

    reason: Ending
    since_us: Us
    until_us: Us
    last_seen_us: Us
    worst: Worst | None
    way_m: float
    fixes: Fixes
    place: Place | None
    boot: BootHead | UnsetType = UNSET
    zone: Zone | UnsetType = UNSET
    confidence: Chance | UnsetType = UNSET
    views: dict[str, View] | UnsetType = UNSET
    readings: dict[str, Trail] | UnsetType = UNSET
    smoothing: Smoothing | UnsetType = UNSET
    settings: str | UnsetType = UNSET
    thresholds: Thresholds | UnsetType = UNSET
    authority: tuple[str, ...] | UnsetType = UNSET
    layers: dict[str, str | None] | UnsetType = UNSET
