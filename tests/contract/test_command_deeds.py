"""What the signed commands do, over a real broker and a real journal."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from agent.bundle.parts import redacted
from agent.control.rhythm import Rhythms
from agent.model import PictureAsked, Skipped
from agent.platform.subscriber import Platform
from agent.trust.keys import new_key
from agent.trust.store import read_store
from agent.uplink.ear import Rhythm
from buffer.notes import Notes
from buffer.records import Entry
from drivers.clock import Stamp
from tests.contract.command_desk import KEY, Asker, connected, signed, trust_key

CAMERA = "rtsp://127.0.0.1/stream?token=hunter2"
PERMITS = {
    "format": "haulwatch permits 1",
    "as_of": "2026-12-01T08:00:00+08:00",
    "permits": [
        {
            "id": "p1",
            "vehicle": "muck/truck-1",
            "from": "2026-12-01T00:00:00+08:00",
            "to": "2027-01-01T00:00:00+08:00",
        }
    ],
}
SECOND = 1_000_000_000
ZONES = {
    "type": "FeatureCollection",
    "coordinate_system": "WGS-84",
    "features": [
        {
            "type": "Feature",
            "properties": {"id": "north", "role": "loading"},
            "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
        }
    ],
}


@pytest.fixture
def city(mosquitto, desk, until):
    """A platform with a key that the vehicle trusts for all."""
    trust_key(desk)
    desk.more = {"[cameras]": {"name": "bed", "role": "body", "source": CAMERA}}
    broker = mosquitto()
    with Platform(broker.port) as listener:
        connected(desk, broker, until)
        yield Asker(listener)


def ask(city, until, name, **args):
    """Have a command done; the last reply's data."""
    city.count = getattr(city, "count", 0) + 1
    command = f"c-{city.count}"
    city.ask(name, command, signed(name, command, args=args))
    until(lambda: city.of(command) and city.of(command)[-1]["state"] not in ("accepted", "running"))
    states = [d["state"] for d in city.of(command)]
    assert states[:2] == ["accepted", "running"] or states[-1] == "rejected"
    return city.of(command)[-1]


def enclosed(purpose, body, key=KEY, **changes):
    document = json.loads(signed("", "", key, purpose=purpose, **changes))
    parts = document["signed"] | {"body": body}
    return key.sign(parts)


def test_a_snapshot_is_done_when_the_picture_is_on_record(desk, city, until):
    city.ask("snapshot", "c-1", signed("snapshot", "c-1", args={"camera": "bed"}))
    until(lambda: bool(desk.put))
    [asked] = desk.put
    assert (type(asked), asked.camera, asked.by) == (PictureAsked, "bed", "platform")
    subject = f"snapshot-{desk.clock.boot[:8]}-{asked.mono_ns // 1000}"
    files = {"original": {"sha256": "a" * 64}, "overlay": {"sha256": "b" * 64}}
    for name in ("other", subject):
        payload = json.dumps({"camera": "bed", **files}).encode()
        desk.journal.append([Entry("media", "picture.taken", name, payload, 1, None, "unsynced")])
        city.platform.wait_for(lambda _: False, 0.5)
        if name == "other":
            assert city.of("c-1")[-1]["state"] == "running"
    until(lambda: city.of("c-1")[-1]["state"] == "done")
    wanted = {"subject": subject, "camera": "bed", "original": "a" * 64, "overlay": "b" * 64}
    assert city.of("c-1")[-1]["result"] == wanted


def test_a_picture_that_did_not_come_about_fails_with_its_reason(desk, city, until):
    city.ask("snapshot", "c-1", signed("snapshot", "c-1", args={"camera": "bed"}))
    until(lambda: bool(desk.put))
    subject = f"snapshot-{desk.clock.boot[:8]}-{desk.put[0].mono_ns // 1000}"
    failed = Entry("media", "picture.failed", subject, b'{"reason":"off duty"}', 1, None, "unsynced")
    desk.journal.append([failed])
    until(lambda: city.states("c-1")[-1] == ("failed", "no_picture", False))
    assert city.of("c-1")[-1]["detail"] == "off duty"


IMPOSSIBLE = [
    ("snapshot", {"camera": "roof"}, "no_such_camera"),
    ("snapshot", {}, "bad_args"),
    ("upload_media", {"sha256": "a" * 64}, "unknown"),
    ("upload_media", {"sha256": "../../etc/passwd"}, "bad_args"),
    ("collect_bundle", {"url": "http://x"}, "bad_args"),
    ("resend", {"stream": "event", "from": 1, "to": 5}, "bad_args"),
    ("resend", {"stream": "secrets", "from": 1, "to": 5}, "bad_args"),
    ("set_interval", {"for_s": 1e9}, "bad_args"),
    ("sync_zones", {"document": {}}, "malformed"),
]


def test_what_cannot_be_done_says_why(desk, city, until):
    for name, args, word in IMPOSSIBLE:
        told = ask(city, until, name, **args)
        assert (told["state"] in ("failed", "rejected"), told["reason"]) == (True, word), (name, args)


def test_rescan_builds_receiver_and_cameras_anew(desk, city, until):
    assert ask(city, until, "rescan")["result"] == {"restarted": ["receiver", "vision"]}
    assert desk.restarted == ["receiver", "vision"]


def test_resend_publishes_what_is_there_and_names_what_is_not(desk, city, until):
    seen = []
    desk.rig.append("event", 30)
    desk.rig.append("health", 30)
    until(desk.rig.drained)
    city.platform.listen(lambda topic, body: (seen.append((topic, body)), city._heard(topic, body)))
    told = ask(city, until, "resend", stream="event", **{"from": 5, "to": 9999})
    assert told["result"] == {"again": [[5, 30]], "records": 26, "pruned": []}
    until(desk.rig.drained)
    until(lambda: len([t for t, _ in seen if t.endswith("/event")]) == 26)
    seqs = sorted(json.loads(body)["seq"] for topic, body in seen if topic.endswith("/event"))
    assert seqs == list(range(5, 31))

    desk.journal.retain(["city"], desk.clock.stamp().utc_ns + 10**12)  # health may go, events may not
    told = ask(city, until, "resend", stream="health", **{"from": 3, "to": 4})
    assert told["result"] == {"again": [], "records": 0, "pruned": [[3, 4]]}
    [skipped] = [s for s in desk.put if isinstance(s, Skipped)]
    assert (skipped.sink, skipped.stream, skipped.first, skipped.last) == ("city", "health", 3, 4)
    assert skipped.why == "pruned"


def test_resend_outlives_a_kill(desk, city, until):
    """What is to come again is on disk before the command is done."""
    desk.rig.append("event", 10)
    until(desk.rig.drained)
    told = ask(city, until, "resend", stream="event", **{"from": 1, "to": 10})
    assert told["result"]["records"] == 10
    until(desk.rig.drained)
    until(lambda: city.platform.snapshot()["muck/truck-1"].duplicates == 10)


def test_an_interval_holds_for_a_while(desk, city, until):
    told = ask(city, until, "set_interval", track_every_s=5, live_every_s=2, for_s=600)
    assert told["result"]["track_every_s"] == 5
    assert told["result"]["until"].endswith("Z")
    track = desk.rig.uplink._delivery._lanes["track"]
    until(lambda: track.every_s == 5)
    ask(city, until, "set_interval", track_every_s=7, for_s=1)
    until(lambda: track.every_s == 7)
    until(lambda: track.every_s == 0.3)


def test_an_interval_outlives_the_uplink_and_the_agent(desk, city, until):
    """It is on disk with the answer, and a new uplink keeps to it."""
    ask(city, until, "set_interval", track_every_s=5, live_every_s=2, for_s=600)
    sink = desk.rig.uplink._sink
    desk.rest()
    desk.rig.stop()
    desk.rig.reopen()
    desk.journal = desk.rig.journal
    desk.open(sink)
    until(lambda: desk.rig.uplink._delivery._lanes["track"].every_s == 5)


@pytest.mark.parametrize(
    ("boot", "later_s", "utc", "left_s"),
    [("b1", 100, True, 500), ("b1", 600, True, None), ("b2", 100, True, 500), ("b2", 100, False, None)],
)
def test_an_interval_ends_by_either_clock(boot, later_s, utc, left_s):
    class At:
        def __init__(self, boot, mono_s, utc_s):
            self.now = Stamp(boot, mono_s * SECOND, utc_s and utc_s * SECOND, "gnss" if utc_s else "unsynced")

        def stamp(self):
            return self.now

    notes = Notes([])
    Rhythms(notes, At("b1", 1000, 5000)).keep("city", Rhythm(5, None, 1600 * SECOND))
    mono = 1000 + later_s if boot == "b1" else 7
    found = Rhythms(notes, At(boot, mono, 5000 + later_s if utc else None)).known("city")
    assert found == (None if left_s is None else Rhythm(5, None, (mono + left_s) * SECOND))


def test_zones_are_checked_stored_and_applied(desk, city, until):
    told = ask(city, until, "sync_zones", document=enclosed("zones", ZONES))
    assert (told["state"], told["result"]["zones"]) == ("done", 1)
    [(_, settings)] = desk.adopted
    assert [zone.id for zone in settings.zones] == ["north"]
    assert told["result"]["settings"] == settings.hash

    broken = ZONES | {"coordinate_system": "EPSG:4326"}
    told = ask(city, until, "sync_zones", document=enclosed("zones", broken))
    assert (told["state"], told["reason"]) == ("failed", "failed")
    assert "no known coordinate system" in told["detail"]
    told = ask(city, until, "sync_zones", document=enclosed("zones", ZONES, new_key()))
    assert told["reason"] == "unknown_key"
    told = ask(city, until, "sync_zones", document=enclosed("permits", ZONES))
    assert told["reason"] == "wrong_purpose"
    assert [zone.id for zone in desk.live.settings.zones] == ["north"]
    assert len(desk.adopted) == 1


def test_permits_are_stored_as_they_were_signed(desk, city, until):
    document = enclosed("permits", PERMITS)
    told = ask(city, until, "sync_permits", document=document)
    result = {"stored": True, "nonce": document["signed"]["nonce"], "permits": 1}
    assert told["result"] == result | {"settings": desk.live.settings.hash}
    assert [permit.id for permit in desk.live.settings.permits.permits] == ["p1"]
    wrong = ask(city, until, "sync_permits", document=enclosed("permits", {"permits": []}))
    assert (wrong["state"], wrong["reason"]) == ("failed", "failed")
    assert "is no list of permits" in wrong["detail"]
    assert json.loads((desk.rig.path.parent / "permits.json").read_bytes()) == document


def test_trust_changes_only_by_a_key_that_is_trusted(desk, city, until):
    store, successor = desk.rig.path.parent / "trust.json", new_key()
    body = {
        "add": {"kid": successor.public.kid, "key": successor.public.key, "purposes": ["command"]},
        "remove": [KEY.public.kid],
    }
    told = ask(city, until, "trust", document=enclosed("trust", body, successor))
    assert told["reason"] == "unknown_key"
    told = ask(city, until, "trust", document=enclosed("trust", body))
    assert told["result"] == {"keys": [successor.public.kid]}
    assert [key.kid for key in read_store(store).keys] == [successor.public.kid]
    assert ask(city, until, "rescan")["reason"] == "unknown_key"
    city.ask("rescan", "n-1", signed("rescan", "n-1", successor))
    until(lambda: city.states("n-1")[-1:] == [("done", None, False)])


def test_reload_applies_what_it_can_and_says_what_waits(desk, city, until):
    text = desk.file.read_text()
    desk.file.write_text(
        text + '\n[load]\nuncovered_after_s = 12.5\n\n[duty]\nhours = ["mon-fri 06:00-22:00"]\n'
    )
    told = ask(city, until, "reload")
    assert told["result"] == {"changed": ["load.uncovered_after_s"], "after_restart": ["duty.hours"]}
    [(config, settings)] = desk.adopted
    assert (config.load.uncovered_after_s, settings.uncovered_after_s) == (12.5, 12.5)
    assert settings.shifts == ()
    desk.file.write_text(text + "\n[lod]\n")
    told = ask(city, until, "reload")
    assert (told["reason"], "unknown key" in told["detail"]) == ("failed", True)


def test_what_was_running_at_the_end_is_interrupted(desk, city, until):
    city.ask("snapshot", "c-1", signed("snapshot", "c-1", args={"camera": "bed"}))
    until(lambda: city.states("c-1")[-1:] == [("running", None, False)])
    desk.rest()
    until(lambda: city.states("c-1")[-1] == ("failed", "interrupted", False))


def test_a_bundle_tells_all_but_secrets_and_places(desk, city, until):
    told = ask(city, until, "collect_bundle")["result"]
    content = Path(told["file"]).read_bytes()
    assert (len(content), hashlib.sha256(content).hexdigest()) == (told["bytes"], told["sha256"])
    with zipfile.ZipFile(told["file"]) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert json.loads(parts["missing.json"]).keys() <= {"service.log"}  # where there is no journalctl
    assert json.loads(parts["packages.json"])["haulwatch"]
    assert json.loads(parts["status.json"])["big"] == 1 << 60
    assert json.loads(parts["config.json"])["unit"]["vehicle"] == "truck-1"
    assert b"hunter" not in b"".join(parts.values())


def test_what_is_in_an_address_stays_out_of_a_bundle():
    seen = redacted(
        {"a": ["http://me:hunter2@host:80/x?y=hunter3", "/dev/video0"], "b": {"c": "mqtts://host"}}
    )
    assert seen == {"a": ["http://host:80/x", "/dev/video0"], "b": {"c": "mqtts://host"}}


def test_the_newest_three_bundles_stay(desk, city, until):
    files = [ask(city, until, "collect_bundle")["result"]["file"] for _ in range(4)]
    assert [Path(file).exists() for file in files] == [False, True, True, True]
