"""What an `evidence.sealed` record says. Pure."""

import msgspec

from agent.model_evidence import SealedFile, SealedPicture
from buffer.records import Record


class Sealed(msgspec.Struct, frozen=True):
    """What an `evidence.sealed` record lists."""

    event: str
    pictures: tuple[SealedPicture, ...]
    observed: SealedFile
    complete: bool
    identity: dict[str, str] = {}
    settings: str = ""


def sealed_of(record: Record) -> Sealed | None:
    """The list in a record; None for another record, or one that is not understood."""
    if record.type != "evidence.sealed":
        return None
    try:
        return msgspec.json.decode(record.payload, type=Sealed)
    except msgspec.MsgspecError:
        return None
