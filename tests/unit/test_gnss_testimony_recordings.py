"""Real recordings of sound receivers: none may be accused, at the default thresholds."""

import os
from pathlib import Path

import pytest

from drivers.gnss.decode import Decoder
from drivers.gnss.listener import Listener
from drivers.gnss.testimony import witness
from drivers.gnss.testimony.limits import Thresholds
from drivers.gnss.testimony.line import Phrases

SHARED = Path(os.environ.get("HAULWATCH_SHARED", Path(__file__).parents[2].parent / "shared"))
LOGS = sorted((SHARED / "gnss" / "dev").glob("*.log"))
SECOND = 1_000_000_000


def times(data):
    """Each line with its moment: the clock goes on by the steps of the fixes' own UTC, or a second each."""
    decoder, now, last = Decoder(eager=True), SECOND, None
    for line in data.splitlines(keepends=True):
        yield line, now
        for fix in decoder.feed(line, now):
            step = (fix.utc - last).total_seconds() if fix.utc and last else 1.0
            now += round(step * SECOND) if 0 < step <= 60 else SECOND
            last = fix.utc or last


@pytest.mark.parametrize("log", LOGS or [None], ids=lambda log: log.stem if log else "none")
def test_a_recording_is_not_accused(log):
    if log is None:
        pytest.skip("shared data absent: recordings of receivers")
    listener = Listener(lambda: Decoder(eager=True), witness.Testimony(Thresholds(), Phrases(), None))
    suspicions, due, epochs = {}, 0, 0
    for line, now in times(log.read_bytes()):
        epochs += len(listener.feed(line, now))
        if now >= due:
            due = now + SECOND
            health = listener.health(now, log.stem, connected=True, reason=None, lost=0)
            suspicions |= {s.kind: s.why for s in health.suspicions}
    assert epochs > 0
    assert suspicions == {}
