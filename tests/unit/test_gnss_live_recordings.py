"""Real receivers' recordings played as a live line: nothing is lost against reading them afterwards."""

import os
from pathlib import Path

import pytest

from drivers.gnss.decode import Decoder
from drivers.readings import Fix

SHARED = Path(os.environ.get("HAULWATCH_SHARED", Path(__file__).parents[2].parent / "shared"))
LOGS = sorted((SHARED / "gnss" / "dev").glob("*.log"))


def told(fixes: list[Fix]) -> list[tuple[object, ...]]:
    return sorted(
        ((f.utc, f.lat, f.lon, f.speed, f.course, f.alt, f.quality) for f in fixes if f.lat is not None),
        key=repr,
    )


def test_there_are_recordings() -> None:
    if not LOGS:
        pytest.skip("shared data absent")
    assert len(LOGS) > 40


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
@pytest.mark.parametrize("piece", [7, 64, 512])
def test_live_loses_nothing(log: Path, piece: int) -> None:
    stream = log.read_bytes()
    afterwards, live = Decoder(), Decoder(eager=True)
    read = afterwards.feed(stream) + afterwards.flush()
    heard = [fix for i in range(0, len(stream), piece) for fix in live.feed(stream[i : i + piece])]
    assert told(heard + live.flush()) == told(read)
    assert (live.sentences, live.rejected) == (afterwards.sentences, afterwards.rejected)
