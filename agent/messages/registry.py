"""Which types of record there are, in which stream, and what each holds."""

from typing import get_args

import msgspec

from agent.messages import (
    commission,
    coverage,
    devices,
    evidence,
    hauling,
    health,
    life,
    load,
    media,
    trip_events,
    trips,
    unit,
)
from agent.messages.envelope import Envelope, Head, Manifest
from agent.messages.life import CommandState
from agent.messages.parts import SuspicionKind
from agent.messages.track import Fix, TrackBatch

LIVE = "track.live"


class Kind(msgspec.Struct, frozen=True):
    """A type of message: its stream (None: it is in none), the type of its `data`, and its envelope's."""

    stream: str | None
    data: type[msgspec.Struct]
    envelope: type[Head] = Envelope


def kinds() -> dict[str, Kind]:
    """Every type of message with an envelope, by its CloudEvents `type`."""
    named: dict[str, dict[str, type[msgspec.Struct]]] = {
        "life": _life(),
        "event": _events(),
        "trip": trips.trips(),
        "coverage": {
            "gap.started": coverage.Gap,
            "gap.updated": coverage.Gap,
            "gap.ended": coverage.GapEnded,
            "camera.blind": coverage.CameraBlind,
            "coverage.totals": coverage.Totals,
            "could_not_check.started": hauling.Unchecked,
            "could_not_check.ended": hauling.UncheckedEnded,
        },
        "health": {
            "device.changed": health.DeviceChanged,
            "worker.changed": health.WorkerChanged,
            "layer.changed": hauling.LayerChanged,
            "load.model_changed": health.ModelChanged,
            "load.shadow": health.Shadow,
            "health.report": health.Report,
            **unit.health(),
        },
        "media": {
            "picture.failed": media.PictureFailed,
            "picture.deleted": media.PictureDeleted,
            "picture.unsent": media.PictureUnsent,
        },
    }
    found = {name: Kind(stream, data) for stream, types in named.items() for name, data in types.items()}
    found["picture.taken"] = Kind("media", media.PictureTaken, Manifest)
    found["commission.sheet"] = Kind("media", commission.Sheet, Manifest)
    found["track.batch"] = Kind("track", TrackBatch)
    found[LIVE] = Kind(None, Fix, Head)
    return found


def _life() -> dict[str, type[msgspec.Struct]]:
    return {
        "birth": life.Birth,
        "settings": life.NewSettings,
        **{f"settings.{stage}": life.RemoteSettings for stage in ("probation", "applied", "rolled_back")},
        "stopped": life.Stopped,
        "skipped": life.Skipped,
        "journal.salvaged": life.Salvaged,
        "journal.released": life.Released,
        "clock.anchor": life.ClockAnchor,
        **evidence.life(),
        **commission.life(),
        **{f"command.{state}": life.CommandReply for state in get_args(CommandState)},
    }


def _events() -> dict[str, type[msgspec.Struct]]:
    suspicions: dict[str, type[msgspec.Struct]] = {}
    for kind in get_args(SuspicionKind):
        suspicions[f"receiver.suspicion.{kind}.started"] = devices.SuspicionStarted
        suspicions[f"receiver.suspicion.{kind}.ended"] = devices.SuspicionEnded
    return {
        "load.changed": load.LoadChanged,
        "uncovered_load.started": load.ExposedStarted,
        "uncovered_load.ended": load.ExposedEnded,
        "partly_covered.started": load.ExposedStarted,
        "partly_covered.ended": load.ExposedEnded,
        "camera_fault.started": devices.CameraFaultStarted,
        "camera_fault.updated": devices.CameraFault,
        "camera_fault.ended": devices.CameraFaultEnded,
        "receiver.antenna.started": devices.AntennaStarted,
        "receiver.antenna.updated": devices.Antenna,
        "receiver.antenna.ended": devices.AntennaEnded,
        **suspicions,
        **evidence.event(),
        "certificate.ending": devices.Certificate,
        "certificate.ended": devices.Certificate,
        "identity.cloned": devices.Cloned,
        "budget.near": devices.Budget,
        "budget.spent": devices.Budget,
        "command.refused": devices.CommandRefused,
        **hauling.events(),
        **trip_events.events(),
        **unit.events(),
    }
