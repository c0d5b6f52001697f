"""Cutting pictures into chunks, putting them together again, and how fast they go."""

import hashlib
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.platform.pictures import Collector, chunk_of
from agent.uplink.media.pace import Pace
from agent.uplink.media.plan import Sheet, attributes, is_grave, sheets
from agent.uplink.metered import is_metered
from buffer.records import Entry, seal

SHA = "ab" * 32
MS = 1_000_000


def record(data, kind="picture.taken"):
    payload = data if isinstance(data, bytes) else msgspec.json.encode(data)
    return seal(Entry("media", kind, "load-1", payload, 1, 1, "gnss"), 1, "boot", b"")


def taken(group="event", original=True, overlay=True, **more):
    file = {"sha256": SHA, "bytes": 10, "width": 1, "height": 1}
    leave = {"original": original, "overlay": overlay}
    return {"group": group, "original": file, "overlay": file, "may_leave": leave} | more


@pytest.mark.parametrize(
    ("policy", "original", "overlay", "kinds"),
    [
        ("all", True, True, ["overlay", "original"]),
        ("all", False, True, ["overlay"]),
        ("all", False, False, []),
        ("overlay", True, True, ["overlay"]),
        ("overlay", True, False, []),
        ("none", True, True, []),
    ],
)
def test_what_goes_is_what_may_leave_and_what_policy_sends(policy, original, overlay, kinds):
    found = sheets(record(taken(original=original, overlay=overlay)), policy)
    assert [sheet.kind for sheet in found] == kinds


def test_a_sheet_goes_with_every_policy_but_none():
    told = {"sha256": SHA, "bytes": 10, "media_type": "text/html", "severity": "info"}
    for policy in ("all", "overlay"):
        (found,) = sheets(record(told, "commission.sheet"), policy)
        assert (found.kind, found.bytes, found.media_type) == ("sheet", 10, "text/html")
    assert sheets(record(told, "commission.sheet"), "none") == []
    assert sheets(record(b"{}", "commission.sheet"), "all") == []


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"[]",
        b"no json",
        taken() | {"may_leave": {}},
        taken() | {"may_leave": {"original": "yes", "overlay": 1}},
        taken() | {"overlay": None, "may_leave": {"overlay": True}},
    ],
)
def test_what_does_not_say_so_never_leaves(data):
    assert sheets(record(data), "all") == []


def test_other_records_have_no_files():
    assert sheets(record(taken(), "picture.deleted"), "all") == []


def test_a_violation_s_picture_is_grave():
    assert is_grave(record(taken(severity="violation")))
    assert not is_grave(record(taken(severity="info")))
    assert not is_grave(record(taken()))
    assert not is_grave(record(b"[1]"))


def cut(content, size, kind="original"):
    """The manifest and the chunks of a file, as a truck sends them."""
    sha256 = hashlib.sha256(content).hexdigest()
    sheet = Sheet("event", "load-1", sha256, kind, len(content))
    body = {"type": "picture.taken", "subject": "load-1", "data": {}} | attributes([sheet], size)
    return sha256, body, [content[at * size : (at + 1) * size] for at in range(sheet.chunks(size))]


@given(st.binary(min_size=1, max_size=500), st.integers(1, 200), st.integers(0, 2**32), st.booleans())
def test_chunks_make_the_file_in_any_order_and_however_often(content, size, seed, early):
    sha256, body, chunks = cut(content, size)
    assert all(len(chunk) == size for chunk in chunks[:-1])
    assert b"".join(chunks) == content
    order = [*range(len(chunks)), *range(len(chunks))]
    random.Random(seed).shuffle(order)
    seen = Collector()
    early = early and len(chunks) <= 64
    if not early:
        seen.manifest(body)
    for index in order:
        seen.chunk(sha256, index, chunks[index])
    seen.manifest(body)
    assert seen.verified[sha256].content == content
    assert (seen.damaged, seen.missing) == (0, [])


@given(st.binary(min_size=1, max_size=300), st.integers(1, 100), st.data())
def test_a_wrong_bit_is_never_taken_for_the_file(content, size, choose):
    sha256, body, chunks = cut(content, size)
    seen = Collector()
    seen.manifest(body)
    at = choose.draw(st.integers(0, len(content) - 1))
    damaged = bytearray(chunks[at // size])
    damaged[at % size] ^= choose.draw(st.integers(1, 255))
    for index, chunk in enumerate(chunks):
        seen.chunk(sha256, index, bytes(damaged) if index == at // size else chunk)
    assert (seen.damaged, seen.verified, seen.missing) == (1, {}, [sha256])


def test_a_file_cut_in_another_way_begins_anew():
    content = bytes(range(200))
    sha256, first, chunks = cut(content, 50)
    seen = Collector()
    seen.manifest(first)
    for index in (0, 1, 2):
        seen.chunk(sha256, index, chunks[index])
    _, second, chunks = cut(content, 100)
    seen.manifest(second)
    assert seen.missing == [sha256]
    for index, chunk in enumerate(chunks):
        seen.chunk(sha256, index, chunk)
    assert seen.verified[sha256].content == content
    assert seen.damaged == 0


def test_a_file_that_is_told_as_unsent_is_not_missed():
    sha256, body, _ = cut(b"x", 1)
    seen = Collector()
    seen.manifest(body)
    seen.manifest({"type": "picture.unsent", "data": {"sha256": sha256, "reason": "gone", "sink": "city"}})
    assert (seen.missing, seen.unsent) == ([], {sha256: "gone"})


def test_chunks_that_no_manifest_names_do_not_fill_the_memory():
    seen = Collector()
    for index in range(10_000):
        seen.chunk(SHA, index, b"x" * 1000)
    assert len(seen._chunks[SHA]) == 64


def test_a_chunk_s_topic():
    assert chunk_of(f"media/{SHA}/12") == (SHA, 12)
    for rest in (
        "media",
        "track/live",
        f"media/{SHA}",
        f"media/{SHA}/-1",
        f"media/{SHA}/x",
        f"event/{SHA}/1",
    ):
        assert chunk_of(rest) is None


def test_a_fast_line_is_filled_and_a_slow_one_is_not():
    pace = Pace()
    for expected in (2, 3, 4, 4):
        pace.acknowledged(50 * MS)
        assert pace.allowed == expected
    pace.acknowledged(900 * MS)
    assert pace.allowed == 4
    pace.acknowledged(2000 * MS)
    assert pace.allowed == 1
    pace.acknowledged(900 * MS)
    assert pace.allowed == 1


def test_a_link_is_unmetered_by_its_interface():
    assert not is_metered("127.0.0.1", ("lo",))
    assert not is_metered("::ffff:127.0.0.1", ("eth99", "lo"))
    assert is_metered("127.0.0.1", ())
    assert is_metered("127.0.0.1", ("eth99",))
    assert is_metered("203.0.113.7", ("lo",))
    assert is_metered(None, ("lo",))
