"""Heads and chunks of HTTP, in pieces of any size."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.camera.http import Chunks, split_head

HEAD = (
    b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="a"\r\nwww-authenticate: Digest realm=b\r\n'
    b'Content-Type: multipart/x-mixed-replace; Boundary="--my frame"\r\n\r\n'
)


def test_a_head_is_read_once_it_is_whole() -> None:
    for end in range(len(HEAD)):
        assert split_head(HEAD[:end]) is None
    found = split_head(HEAD + b"rest")
    assert found
    head, rest = found
    assert (head.status, rest) == (401, b"rest")
    assert head.all("www-authenticate") == ['Basic realm="a"', "Digest realm=b"]
    assert (head.media, head.boundary) == ("multipart/x-mixed-replace", '"--my frame"')
    assert head.get("location") == ""


NO_ANSWERS = [
    b"RTSP/2.0 200 OK\r\n\r\n",
    b"\xff\xd8\xff",
    b"HTTP/1.1 a\r\n\r\n",
    b"HTTP/1.1 200 " + b"x" * 70_000,
]


@pytest.mark.parametrize("data", NO_ANSWERS)
def test_what_is_no_answer_of_http_is_refused(data) -> None:
    with pytest.raises(ValueError, match="no HTTP"):
        split_head(data)


@settings(deadline=None)
@given(st.binary(max_size=500))
def test_noise_is_refused_or_waited_for(noise) -> None:
    try:
        split_head(noise)
    except ValueError:
        return


def chunked(parts: list[bytes]) -> bytes:
    return b"".join(b"%x;a=b\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=300)), st.lists(st.integers(0, 10_000), max_size=10))
def test_chunks_in_pieces_of_any_size(parts, cuts) -> None:
    data = chunked(parts)
    edges = [0, *sorted(c % (len(data) + 1) for c in cuts), len(data)]
    chunks = Chunks()
    got = b"".join(chunks.feed(data[a:b]) for a, b in itertools.pairwise(edges))
    assert got == b"".join(parts)
    assert chunks.ended


@pytest.mark.parametrize("data", [b"zz\r\n", b"\r\n\r\n", b"-1\r\n", b"1" * 5000, b"1" * 16 + b"\n"])
def test_what_has_no_size_is_no_chunk(data) -> None:
    with pytest.raises(ValueError, match="no chunk"):
        Chunks().feed(data)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_noise_is_refused_or_taken_for_chunks(noise) -> None:
    try:
        assert len(Chunks().feed(noise)) <= len(noise)
    except ValueError:
        return
