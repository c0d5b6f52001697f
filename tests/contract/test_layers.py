"""The worker that watches zones and permits, on real files."""

import json
import threading
import time
from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.layers.gather import Source
from agent.layers.in_force import InForce, Watched
from agent.zones_file import load_zones

SQUARE = [[121.4, 31.2], [121.41, 31.2], [121.41, 31.21], [121.4, 31.21], [121.4, 31.2]]
PATIENCE_S = 30.0


def text(*names, system="WGS-84"):
    features = [
        {
            "type": "Feature",
            "properties": {"id": name, "role": "loading"},
            "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
        }
        for name in names
    ]
    return json.dumps({"type": "FeatureCollection", "coordinate_system": system, "features": features})


def source(folder: Path, name="zones") -> Source:
    kept = folder / "layers" / "zones.geojson"
    return Source(name, folder / "sent.geojson", folder / "zones.geojson", kept, load_zones)


def names(watched):
    return [zone.id for zone in watched.good]


@pytest.fixture
def watched(tmp_path):
    (tmp_path / "zones.geojson").write_text(text("a"))
    watched = Watched(source(tmp_path))
    watched.begin()
    return watched


def test_a_file_that_is_being_written_is_left_alone(tmp_path, watched):
    file = tmp_path / "zones.geojson"
    file.write_text(text("a", "b")[:50])
    assert not watched.look(now=False), "it has just changed"
    file.write_text(text("a", "b"))
    assert not watched.look(now=False), "it has changed again"
    assert watched.look(now=False)
    assert (names(watched), watched.refused) == (["a", "b"], None)
    assert not watched.look(now=False), "told once"


def test_a_wrong_file_is_refused_once_and_the_good_one_stays(tmp_path, watched):
    (tmp_path / "zones.geojson").write_text(text("a", "b", system=None))
    watched.look(now=False)
    assert watched.look(now=False)
    assert names(watched) == ["a"]
    assert "declares no coordinate system" in watched.refused
    assert not watched.look(now=False)
    (tmp_path / "zones.geojson").unlink()
    assert watched.look(now=True)
    assert "cannot be read" in watched.refused
    (tmp_path / "zones.geojson").write_text(text("c"))
    assert watched.look(now=True)
    assert (names(watched), watched.refused) == (["c"], None)


def test_the_last_good_copy_serves_a_start(tmp_path, watched):
    (tmp_path / "zones.geojson").write_text("{")
    again = Watched(source(tmp_path))
    again.begin()
    assert names(again) == ["a"]
    assert "not JSON" in again.refused
    (tmp_path / "layers" / "zones.geojson").write_text("{")
    with pytest.raises(ConfigError):
        Watched(source(tmp_path)).begin()


def test_what_the_platform_sent_goes_before_the_file(tmp_path, watched):
    (tmp_path / "sent.geojson").write_text(text("sent"))
    assert watched.look(now=True)
    assert names(watched) == ["sent"]
    (tmp_path / "zones.geojson").write_text(text("c"))
    assert not watched.look(now=True)
    (tmp_path / "sent.geojson").unlink()
    assert watched.look(now=True)
    assert names(watched) == ["c"]


def test_where_nothing_is_named_nothing_is_said_until_something_is_sent(tmp_path):
    named = source(tmp_path)
    bare = Source("zones", named.sent, None, named.kept, load_zones)
    worker = InForce({"zones": bare}, lambda _: None)
    assert worker.now.layers == {}
    watched = Watched(bare)
    watched.begin()
    assert not watched.there
    named.sent.write_text(text("sent"))
    assert watched.look(now=True)
    assert names(watched) == ["sent"]


def test_without_room_for_a_copy_the_layer_holds_all_the_same(tmp_path, caplog):
    (tmp_path / "zones.geojson").write_text(text("a"))
    (tmp_path / "layers").write_text("in the way")
    watched = Watched(source(tmp_path))
    watched.begin()
    assert names(watched) == ["a"]
    assert "the last good copy cannot be kept" in caplog.text


def test_zones_must_be_there_at_the_first_start_permits_need_not(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        InForce({"zones": source(tmp_path)}, lambda _: None)
    layers = InForce({"permits": source(tmp_path, "permits")}, lambda _: None).now.layers
    assert (layers["permits"].hash, layers["permits"].file) == (None, True)
    assert "cannot be read" in layers["permits"].refused


def test_the_worker_tells_each_change_and_again_what_it_could_not_tell(tmp_path):
    (tmp_path / "zones.geojson").write_text(text("a"))
    told, failures = [], [RuntimeError("full")]

    def changed(found):
        if failures:
            raise failures.pop()
        told.append([zone.id for zone in found.zones])

    worker, stop = InForce({"zones": source(tmp_path)}, changed), threading.Event()
    (tmp_path / "zones.geojson").write_text(text("a", "b"))
    worker.reload()
    with pytest.raises(RuntimeError):
        worker.run(stop, lambda: None)
    thread = threading.Thread(target=worker.run, args=(stop, lambda: None))
    thread.start()
    try:
        await_that(lambda: told == [["a", "b"]])
        (tmp_path / "zones.geojson").write_text(text("c"))
        worker.reload()
        await_that(lambda: told == [["a", "b"], ["c"]])
        assert worker.now.layers["zones"].entries == 1
        (tmp_path / "zones.geojson").write_text(text("d", "e"))
        assert worker.refresh().layers["zones"].entries == 2
        assert told[-1] == ["d", "e"]
    finally:
        stop.set()
        thread.join()


def await_that(holds):
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)
