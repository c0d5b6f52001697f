"""Having one picture sent that policy left out, or once more."""

from agent.uplink.media.plan import MANIFESTS, Sheet, sheets
from agent.uplink.media.progress import Progress
from agent.uplink.media.shelf import NotThere, Shelf
from buffer.journal import Journal
from buffer.records import Record


def taken(journal: Journal, sha256: str) -> Record | None:
    """The newest record of a picture, else of a sheet, with this content."""
    named = b'"sha256":"' + sha256.encode() + b'"'
    found = (journal.find("media", manifest, named) for manifest in MANIFESTS)
    return next((record for record in found if record is not None), None)


def ask(journal: Journal, sink: str, shelf: Shelf, sha256: str) -> str | None:
    """Remember for good that a sink is to get a picture; else why not: unknown, not_allowed or gone.

    Raises JournalFull, and then it is remembered as soon as there is room.
    """
    try:
        find(journal, shelf, sha256)
    except NotThere as e:
        return e.reason
    Progress(journal, sink).wish(sha256)
    journal.commit()
    return None


def find(journal: Journal, shelf: Shelf, sha256: str) -> Sheet:
    """A file that is there and may leave; raises NotThere with one of the words of `ask`."""
    record = taken(journal, sha256)
    if record is None:
        raise NotThere("unknown")
    sheet = of(record, sha256)
    if sheet is None:
        raise NotThere("not_allowed")
    if not shelf.has(sheet):
        raise NotThere("gone")
    return sheet


def of(record: Record, sha256: str) -> Sheet | None:
    """The file with this content, if it may leave the vehicle."""
    return next((sheet for sheet in sheets(record, "all") if sheet.sha256 == sha256), None)
