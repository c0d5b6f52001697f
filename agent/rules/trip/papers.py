"""Which permit a trip counts against, and how many trips each permit has had since its list was compiled."""

from collections import Counter

import msgspec

from agent.model import Settings
from agent.rule_layers import Permit
from agent.rules.haul.standing import Spent, standing
from agent.rules.trip.moment import Offsets, utc_s
from agent.rules.trip.trip import Trip

_MOST = 256
change = msgspec.structs.replace


class Counted(msgspec.Struct, frozen=True, array_like=True):
    """A trip that counts against a permit; `ended`: s since 1970, None while nobody knows."""

    permit: str
    trip: str
    ended: int | None


Book = tuple[Counted, ...]


def spent(book: Book) -> Spent:
    """Trips by permit that the list in force may not have counted."""
    return Counter(entry.permit for entry in book)


def current(book: Book, settings: Settings) -> Book:
    """Without trips that ended before the list in force was compiled: the platform has counted these."""
    as_of = None if settings.permits is None else settings.permits.as_of
    kept = tuple(e for e in book if as_of is None or e.ended is None or e.ended > as_of)
    return book if len(kept) == len(book) else kept


def enter(book: Book, trip: Trip, ended: int | None) -> Book:
    """With this trip, once; a trip without a permit counts against none."""
    kept = tuple(entry for entry in book if entry.trip != trip.id)
    return kept if trip.permit is None else (*kept, Counted(trip.permit, trip.id, ended))[-_MOST:]


def strike(book: Book, trip: str) -> Book:
    """Without this trip, which goes on after all."""
    return tuple(entry for entry in book if entry.trip != trip)


def papers(trip: Trip, settings: Settings, now_s: int | None, offsets: Offsets, known: Spent) -> Trip:
    """The trip with what the permits say of it, as of its begin, or of now where that is not known."""
    begun = utc_s(trip.loaded[0].at, offsets)
    found = standing(settings, now_s if begun is None else begun, known)
    trip = change(
        trip, standing=found.state, standing_why=found.why, permits=tuple(p.id for p in found.permits)
    )
    sites = {"loading": trip.loaded[0].site, "disposal": None if trip.emptied is None else trip.emptied.site}
    fitting = list(found.permits)
    misplaced = []
    for role, site in sites.items():
        left = [permit for permit in fitting if _names(permit, role, site)]
        misplaced += [role] if fitting and not left else []
        fitting = left or fitting
    best = min(fitting, key=lambda permit: (permit.ends, permit.id), default=None)
    return change(trip, permit=None if best is None else best.id, misplaced=tuple(misplaced))


def _names(permit: Permit, role: str, site: str | None) -> bool:
    """Whether a permit is for this site; one that names none is for all, and a place outside is no site."""
    listed = permit.loading if role == "loading" else permit.disposal
    return site is None or not listed or site in listed
