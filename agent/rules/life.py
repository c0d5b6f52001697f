"""Records of the unit's own life: births, what is skipped, what was salvaged."""

from agent.model import Emit, Restarted, Salvaged, Settings, Skipped


def birth(seen: Restarted, settings: Settings) -> Emit:
    """The first record of a run."""
    data = {
        "version": seen.version,
        "settings": settings.hash,
        "new_boot": seen.new_boot,
        "clean": seen.clean,
        "state_readable": seen.readable,
        "journal_replaced": seen.replaced,
        "cameras": {"body": list(settings.body_cameras), "cab": list(settings.cab_cameras)},
        "sinks": list(settings.sinks),
        "zones": len(settings.zones),
    }
    return Emit("life", "birth", "unit", data)


def skipped(seen: Skipped) -> Emit:
    """What a sink never gets, and why."""
    data = {"sink": seen.sink, "stream": seen.stream, "from": seen.first, "to": seen.last, "why": seen.why}
    return Emit("life", "skipped", f"{seen.sink}/{seen.stream}", data)


def salvaged(seen: Salvaged) -> Emit:
    """What was saved of a damaged journal."""
    data = {
        "file": seen.path,
        "continues": seen.generation,
        "head": seen.head,
        "settled_known": seen.settled_known,
        "last": seen.last,
        "kept": seen.kept,
        "lost": seen.lost,
    }
    return Emit("life", "journal.salvaged", "unit", data)
