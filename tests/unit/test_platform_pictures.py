"""Pictures put together from chunks that come in any order, again, and over restarts."""

import hashlib

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.platform.picture_files import Pictures
from tests.samples import samples


def manifest(content, chunkbytes=4):
    sha256 = hashlib.sha256(content).hexdigest()
    chunks = [content[i : i + chunkbytes] for i in range(0, len(content), chunkbytes)]
    file = {"sha256": sha256, "kind": "original", "bytes": len(content), "chunks": len(chunks)}
    return {"chunkbytes": chunkbytes, "files": [file]}, chunks


def test_a_sheet_is_kept_as_a_page(tmp_path):
    body, chunks = manifest(b"<!doctype html><p>a sheet</p>", 16)
    sha256 = body["files"][0]["sha256"]
    Pictures(tmp_path).manifest(body)
    assert Pictures(tmp_path).chunk(sha256, 1, chunks[1]) is None
    path = Pictures(tmp_path).chunk(sha256, 0, chunks[0])
    assert path == tmp_path / f"{sha256}.html"
    Pictures(tmp_path).manifest(body)  # it comes again, and is there
    assert Pictures(tmp_path).chunk(sha256, 0, b"x") == path


def test_a_picture_whose_sum_is_wrong_begins_anew(tmp_path):
    body, chunks = manifest(b"a picture")
    sha256 = body["files"][0]["sha256"]
    Pictures(tmp_path).manifest(body)
    assert Pictures(tmp_path).chunk(sha256, 0, b"evil") is None
    for index in (1, 2, 0, 1):
        assert Pictures(tmp_path).chunk(sha256, index, chunks[index]) is None
    path = Pictures(tmp_path).chunk(sha256, 2, chunks[2])
    assert path.read_bytes() == b"a picture"
    assert Pictures(tmp_path).chunk(sha256, 0, chunks[0]) == path
    assert [p.name for p in (tmp_path / "parts").iterdir()] == []
    assert Pictures(tmp_path).chunk("../../etc", 0, b"x") is None


@settings(
    deadline=None, max_examples=samples(30), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(min_size=1, max_size=40), data=st.data())
def test_any_order_with_repetitions_gives_the_file(tmp_path_factory, content, data):
    folder = tmp_path_factory.mktemp("pictures")
    body, chunks = manifest(content)
    every = list(range(len(chunks)))
    order = data.draw(st.permutations(every + data.draw(st.lists(st.sampled_from(every), max_size=5))))
    Pictures(folder).manifest(body)
    found = [Pictures(folder).chunk(body["files"][0]["sha256"], i, chunks[i]) for i in order]
    assert found[-1].read_bytes() == content


def test_a_manifest_that_cuts_a_file_otherwise_begins_anew(tmp_path):
    content = b"cut in fours, then in fives"
    first, chunks = manifest(content)
    sha256 = first["files"][0]["sha256"]
    Pictures(tmp_path).manifest(first)
    Pictures(tmp_path).chunk(sha256, 0, chunks[0])
    second, others = manifest(content, 5)
    Pictures(tmp_path).manifest(second)
    Pictures(tmp_path).manifest(second)
    found = [Pictures(tmp_path).chunk(sha256, i, other) for i, other in enumerate(others)]
    assert found[-1].read_bytes() == content
