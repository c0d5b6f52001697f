"""Trips as a platform has them: whether each trip's versions count up without a gap, and what came of it."""

import sqlite3
from collections import Counter

_VERSIONS = (
    "select vehicle, subject, type, json_extract(cast(body as text), '$.data.version'), "
    "json_extract(cast(body as text), '$.data.verdict') from message "
    "where stream = 'trip' and invalid is null"
)
Trip = tuple[str, str]
"""Vehicle and subject."""


class Trips:
    """Versions by trip, over the databases of all consumers."""

    def __init__(self) -> None:
        self._versions: dict[Trip, list[tuple[int, str, str | None]]] = {}

    def add(self, db: sqlite3.Connection) -> None:
        """Add what one database holds."""
        for vehicle, subject, kind, version, verdict in db.execute(_VERSIONS):
            self._versions.setdefault((vehicle, subject), []).append((version, kind, verdict))

    def counts(self) -> dict[str, int]:
        """Trips by verdict, or `hauling` while they go on, by their newest version."""
        found: Counter[str] = Counter()
        for versions in self._versions.values():
            _, kind, verdict = max(versions, key=lambda known: known[0])
            found[(verdict or "no_verdict") if kind == "trip.ended" else "hauling"] += 1
        return dict(sorted(found.items()))

    def broken(self) -> list[dict[str, object]]:
        """Trips with a version that is missing or stands twice, or that begin otherwise than by their start.

        What came before the lowest version was for others, or is missed as a seq.
        """
        found: list[dict[str, object]] = []
        for (vehicle, subject), known in sorted(self._versions.items()):
            numbers = sorted(version for version, _, _ in known)
            starts = [version for version, kind, _ in known if kind == "trip.started"]
            missing = sorted({*range(numbers[0], numbers[-1] + 1)} - {*numbers})
            if missing or len(numbers) != len({*numbers}) or any(version != 1 for version in starts):
                found.append({"vehicle": vehicle, "trip": subject, "versions": numbers, "missing": missing})
        return found
