"""Which accusations there are, and how far their evidence is."""

from collections.abc import Iterator

import msgspec

from agent.evidence.sealed import sealed_of
from agent.evidence.segments import anchor_of
from agent.uplink.envelope import rfc3339
from buffer.records import Record
from buffer.survey import Survey

_GRAVE = ("violation", "critical")


class Row(msgspec.Struct, frozen=True):
    """An accusation: `sealed` (in)complete, None while it waits; `anchored`: a signed head covers it.

    `pictures` that were sealed, originals and copies; `disputed`: somebody objected.
    """

    id: str
    time: str | None
    type: str
    severity: str
    subject: str
    sealed: str | None
    pictures: int
    anchored: bool
    disputed: bool


class _Severe(msgspec.Struct):
    severity: str = "info"


def overview(survey: Survey) -> Iterator[Row]:
    """One row for each event of severity violation or higher, oldest first."""
    anchored = _anchored(survey)
    grave: list[tuple[Record, str]] = []
    sealed: dict[tuple[str, str], Record] = {}
    disputed: set[str] = set()
    for record in survey.stream("event"):
        if not record.intact():
            continue
        found = sealed_of(record)
        severity = msgspec.json.decode(record.payload, type=_Severe).severity
        if found is not None:
            sealed[record.subject, found.event] = record
        elif record.type == "dispute":
            disputed.add(record.subject)
        elif severity in _GRAVE:
            grave.append((record, severity))
    for record, severity in grave:
        yield _row(survey, record, severity, sealed.get((record.subject, record.type)), anchored, disputed)


def _row(
    survey: Survey, record: Record, severity: str, seal: Record | None, anchored: int, disputed: set[str]
) -> Row:
    utc_ns, listed = survey.utc_ns(record), None if seal is None else sealed_of(seal)
    return Row(
        id=survey.identity(record),
        time=None if utc_ns is None else rfc3339(utc_ns),
        type=record.type,
        severity=severity,
        subject=record.subject,
        sealed=None if listed is None else "complete" if listed.complete else "incomplete",
        pictures=0 if listed is None else len(listed.pictures),
        anchored=seal is not None and seal.seq <= anchored,
        disputed=record.subject in disputed,
    )


def _anchored(survey: Survey) -> int:
    """The newest seq of the stream `event` before a signed head."""
    newest = 0
    for record in survey.stream("life"):
        anchor = anchor_of(record) if record.intact() else None
        counts = anchor.statement.get("counts") if anchor is not None else None
        if isinstance(counts, dict):
            newest = max(newest, int(counts.get("event", 0)))
    return newest
