"""The live copy of the newest fix in a sink's format. Pure."""

import logging

from agent.uplink.envelope import Frame, live
from agent.uplink.track.errors import TrackFormatError
from agent.uplink.track.records import compact_live
from drivers.clock import Stamp

log = logging.getLogger(__name__)


def live_copy(payload: bytes, number: str, frame: Frame, stamp: Stamp, form: str) -> bytes:
    """A fix's JSON `payload`, which came at the frame's moment, `stamp`, as JSON or "compact".

    What a compact batch can't hold goes as JSON.
    """
    if form == "compact":
        try:
            return compact_live(payload, frame, stamp.utc_ns, stamp.origin)
        except TrackFormatError as e:
            log.debug("live copy %s goes as JSON: %s", number, e)  # the journalled one is warned of
    return live(payload, number, frame, stamp.utc_ns)
