"""docs/track-format.md: its vectors, and its decoder as a second implementation."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cli.track_rows import full_row, head_row
from agent.uplink.track.batch import decode, encode, span
from agent.uplink.track.fix import Origin, TrackFix

DOCUMENT = (Path(__file__).parents[2] / "docs" / "track-format.md").read_text()
VECTORS = re.findall(r"```\n([0-9a-f \n]+)```\n\n```json\n(.*?)```", DOCUMENT, re.DOTALL)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def documented() -> Any:
    (program,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    names: dict[str, Any] = {}
    exec(program, names)  # noqa: S102 - our own document
    return names["decode"]


def as_documented(origin: Origin, fix: TrackFix) -> dict[str, Any]:
    """A fix as the document's decoder gives it."""
    row = full_row(fix)
    del row["time"]
    row |= {"inferred": list(fix.inferred), "unfit": list(fix.unfit), "utc": fix.utc_ms}
    return row | {"generation": origin.generation, "boot": origin.boot}


def test_there_are_vectors() -> None:
    assert len(VECTORS) == 3


@pytest.mark.parametrize(("digits", "rows"), VECTORS)
def test_a_vector_decodes_to_its_rows(digits: str, rows: str) -> None:
    content = bytes.fromhex(digits)
    origin, fixes = decode(content)
    found = [head_row(origin, fixes, span(content)[0]), *map(full_row, fixes)]
    assert json.loads(json.dumps(found)) == [json.loads(line) for line in rows.splitlines()]
    assert list(documented()(content)) == [as_documented(origin, fix) for fix in fixes]


@pytest.mark.parametrize(("digits", "rows"), VECTORS)
def test_a_vector_is_what_we_make_of_its_fixes(digits: str, rows: str) -> None:
    content = bytes.fromhex(digits)
    assert encode(*decode(content)) == content


steps = st.tuples(
    st.integers(1, 3),
    st.integers(-40, 40_000),
    st.integers(-3000, 3000),
    st.integers(-3000, 3000),
    st.integers(0, 4000),
    st.booleans(),
)


@given(st.lists(steps, min_size=1, max_size=30), st.sampled_from((1, 10, 100)), st.integers(0, 89))
def test_the_documents_decoder_agrees(moves: list[tuple[Any, ...]], grain: int, start: int) -> None:
    seq, utc, lat, lon, fixes = 0, 1_764_470_000_000, start * 10**7, 0, []
    for skip, took, north, east, speed, seen in moves:
        seq, utc, lat, lon = seq + skip, utc + took, lat + north * grain, lon + east * grain
        place = {"lat": lat / 1e7, "lon": lon / 1e7, "speed": speed / 100, "mode": "3d"} if seen else {}
        fixes.append(TrackFix(seq, utc - 1_764_469_900_000, utc if speed % 7 else None, **place))
    origin = Origin("8c7f1d6e0c1f4a8e", "313474a5462e4f8d", 100_000, 1_764_470_000_000, "gnss")
    for begin in {fixes[0].seq, 1, 0}:  # what is left out before the first fix, too
        content = encode(origin, fixes, begin)
        assert list(documented()(content)) == [as_documented(origin, fix) for fix in decode(content)[1]]
        assert [fix.seq for fix in decode(content)[1]] == [fix.seq for fix in fixes]
        assert span(content) == (begin, fixes[-1].seq)


def test_a_time_beyond_the_calendar_is_unknown_in_rows() -> None:
    far = (datetime.max.replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1) + 10
    assert full_row(TrackFix(1, 0, far))["time"] is None
