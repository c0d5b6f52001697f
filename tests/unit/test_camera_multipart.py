"""Parts of an HTTP-MJPEG stream: whatever the camera does with boundaries and lengths, its JPEGs come out."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.camera.multipart import Parts

BOUNDARY = "frame"
# What a scan may hold: an FF is followed by 00 or a restart marker.
scans = st.lists(
    st.one_of(st.binary(max_size=20).map(lambda b: b.replace(b"\xff", b"\x7f")), st.just(b"\xff\x00")),
    max_size=8,
).map(b"".join)
segments = st.binary(max_size=300)


def jpeg(segment: bytes, scan: bytes) -> bytes:
    """Of the form that Parts goes by: a segment, a scan header, a scan."""
    head = b"\xff\xd8\xff\xe1" + (2 + len(segment)).to_bytes(2, "big") + segment
    return head + b"\xff\xda\x00\x02" + scan + b"\x01\xff\xd9"


jpegs = st.lists(st.builds(jpeg, segments, scans), min_size=1, max_size=5)


def part(body: bytes, boundary: str = BOUNDARY, length: int | None = None, head: str = "") -> bytes:
    stated = "" if length is None else f"Content-Length: {length}\r\n"
    return f"--{boundary}\r\nContent-Type: image/jpeg\r\n{head}{stated}\r\n".encode() + body + b"\r\n"


def taken(data: bytes, cuts: list[int], parts: Parts | None = None) -> list[bytes]:
    parts = parts or Parts(BOUNDARY)
    edges = [0, *sorted(c % (len(data) + 1) for c in cuts), len(data)]
    return [found for a, b in itertools.pairwise(edges) for found in parts.feed(data[a:b])]


cuts = st.lists(st.integers(0, 100_000), max_size=12)


@settings(deadline=None)
@given(jpegs, cuts, st.booleans())
def test_every_jpeg_comes_out_in_pieces_of_any_size(bodies, cuts, with_length) -> None:
    data = b"".join(part(b, length=len(b) if with_length else None) for b in bodies)
    assert taken(data, cuts) == bodies


@settings(deadline=None)
@given(jpegs, cuts, st.sampled_from(["other", "--frame", "x" * 70]), st.booleans())
def test_another_boundary_than_announced(bodies, cuts, boundary, with_length) -> None:
    data = b"".join(part(b, boundary, len(b) if with_length else None) for b in bodies)
    assert taken(data, cuts) == bodies


@settings(deadline=None)
@given(
    jpegs,
    cuts,
    st.lists(st.integers(0, 10**10 - 1), min_size=5, max_size=5),
    st.sampled_from([BOUNDARY, "other"]),
)
def test_a_wrong_length_costs_nothing(bodies, cuts, lengths, boundary) -> None:
    lengths = [n for n in lengths if n not in map(len, bodies)] or [3]
    data = b"".join(part(b, boundary, n) for b, n in zip(bodies, itertools.cycle(lengths), strict=False))
    after = part(jpeg(b"", b""), boundary)
    assert taken(data + after, cuts)[: len(bodies)] == bodies


@settings(deadline=None)
@given(jpegs, cuts, st.data())
def test_damaged_heads_cost_nothing(bodies, cuts, data) -> None:
    noise = st.binary(max_size=80).map(lambda b: b.replace(b"\xff", b""))
    stream = b"".join(data.draw(noise) + b for b in bodies)
    assert taken(stream, cuts) == bodies


@settings(deadline=None)
@given(jpegs, cuts, st.integers(4, 10_000), st.booleans(), st.booleans())
def test_a_part_that_breaks_off_is_dropped_and_the_next_is_whole(
    bodies, cuts, kept, with_length, announced
) -> None:
    first = bodies[0]
    kept = min(kept, len(first) - 2)
    # Broken off in its scan, where it can be told from a part that goes on.
    kept = max(kept, first.index(b"\xff\xda\x00\x02") + 4)
    data = part(first[:kept], length=len(first) if with_length else None)
    data += b"".join(part(b) for b in bodies)
    parts = Parts(BOUNDARY if announced else None)
    assert taken(data, cuts, parts) == bodies
    assert parts.damaged == 1


@settings(deadline=None)
@given(st.binary(max_size=5000), cuts, jpegs)
def test_noise_never_raises_and_a_stream_after_it_is_found(noise, cuts, bodies) -> None:
    clean = noise.replace(b"\xff", b"\x00")
    assert taken(clean + b"".join(map(part, bodies)), cuts)[-len(bodies) :] == bodies
    Parts(BOUNDARY).feed(noise)


@pytest.mark.parametrize("length", [None, 10**9])
def test_a_part_without_an_end_is_bounded(length) -> None:
    parts = Parts(BOUNDARY, limit=10_000)
    parts.feed(part(jpeg(b"", b"")[:-2], length=length)[:-2])
    for _ in range(100):
        assert parts.feed(b"\x55" * 1000) == []
        assert parts.held < 80_000
    assert parts.damaged
    whole = jpeg(b"", b"abc")
    assert parts.feed(b"\r\n" + part(whole)) == [whole]


def test_a_thumbnail_inside_is_no_picture_of_its_own() -> None:
    inner = jpeg(b"", b"thumb")
    outer = jpeg(b"Exif\0\0" + inner, b"picture")
    assert taken(part(outer), [7, 50]) == [outer]


def test_padding_after_the_end_is_cut() -> None:
    body = jpeg(b"", b"abc")
    assert taken(part(body + b"\0\0\0", length=len(body) + 3), []) == [body]


def test_other_parts_are_passed_over() -> None:
    text = b"--frame\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello\r\n"
    body = jpeg(b"", b"abc")
    assert taken(text + part(body) + text + part(body, length=len(body)), [20]) == [body, body]
