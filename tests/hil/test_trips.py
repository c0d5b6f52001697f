"""A short haul: a simulated receiver, a camera that is a folder, the daemon; the trip is in the journal."""

import json
import math

import pytest
from click.testing import CliRunner

from agent.cli.main import haulwatch
from drivers.sim.nmea import Pose
from drivers.sim.picture_book import PictureBook
from drivers.sim.receiver import SimReceiver

pytestmark = pytest.mark.hil
LAT, LON = 31.2304, 121.4737
EAST = 1 / (111_195.0 * math.cos(math.radians(LAT)))


class Road:
    """A truck that drives east at the speed of the moment."""

    def __init__(self):
        self.speed, self.driven, self._t = 0.0, 0.0, 0.0

    def __call__(self, t):
        self.driven += self.speed * max(0.0, t - self._t)
        self._t = max(t, self._t)
        return Pose(LAT, LON + self.driven * EAST, 12.0, self.speed, 90.0 if self.speed else 0.0)


class Pictures:
    """A folder of slightly different pictures of one bed."""

    def __init__(self, folder):
        self.folder, self.book = folder, PictureBook.shipped()
        folder.mkdir()

    def show(self, name):
        for number in range(9):
            part = self.folder / f"{number}.part"
            part.write_bytes(self.book.view(name))
            part.replace(self.folder / f"{number}.jpg")


def square(name, role, west, east):
    ring = [[LON + x * EAST, LAT + y / 111_195] for x, y in
            ((west, -40), (east, -40), (east, 40), (west, 40), (west, -40))]  # fmt: skip
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"id": name, "role": role}, "geometry": geometry}


@pytest.fixture
def haul(truck):
    """A truck with quick limits between two sites, its receiver and its camera."""
    road, pictures = Road(), Pictures(truck.folder / "pictures")
    tty = truck.folder / "haul-gnss"
    receiver = SimReceiver(tty, road).start()
    features = [square("pit", "loading", -60, 60), square("tip", "disposal", 250, 2000)]
    layer = {"type": "FeatureCollection", "coordinate_system": "WGS-84", "features": features}
    (truck.folder / "zones.geojson").write_text(json.dumps(layer))
    truck.tables["gnss"] |= {"source": str(tty)}
    truck.tables["zones"] = {"file": str(truck.folder / "zones.geojson"), "grace_m": 5.0}
    truck.tables["haulage"] = {"error_m": 3.0}
    truck.tables["trips"] = {"hold_s": 1.0, "stop_s": 3.0}
    truck.add_camera("bed", str(pictures.folder))
    yield truck, road, pictures
    receiver.stop()


def test_a_short_haul_is_a_trip_in_the_journal_and_at_the_platform(haul):
    truck, road, pictures = haul
    pictures.show("empty")
    truck.start()
    truck.await_message("event", "load.changed", to="empty")
    pictures.show("covered")
    started = truck.await_message("trip", "trip.started")
    assert started["data"]["loaded"][0]["site"] == {"id": "pit", "role": "loading"}
    road.speed = 14.0
    truck.await_platform(lambda v: v.fixes and max(f["lon"] for f in v.fixes.values()) > LON + 300 * EAST)
    road.speed = 0.0
    truck.kill()  # a power cut on arrival
    truck.start()
    updated = truck.await_message("trip", "trip.updated")
    assert [span["why"] for span in updated["data"]["interruptions"]["kept"]] == ["cut"]
    pictures.show("empty")
    ended = truck.await_message("trip", "trip.ended")
    assert truck.terminate() == 0
    assert ended["subject"] == started["subject"] == updated["subject"]
    trip = ended["data"]
    assert (trip["verdict"], trip["reasons"]) == ("regular", [])
    assert trip["emptied"]["site"] == {"id": "tip", "role": "disposal"}
    assert trip["hauled"]["distance_m"] > 150
    assert not [e for e in truck.vehicle().events() if e["type"].startswith("suspicious_")]
    asked = ["trips", "list", "--journal", str(truck.folder / "state" / "journal.db"), "--json"]
    listed = CliRunner().invoke(haulwatch, asked)
    (found,) = [json.loads(line) for line in listed.stdout.splitlines()]
    assert (listed.exit_code, found["id"], found["state"]) == (0, started["subject"], "ended")
    assert found["data"] == trip
