"""What the vehicles say is what the types and their schemas say, and the published files are those."""

import json
from datetime import datetime
from pathlib import Path

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import Topics
from agent.messages.asyncapi import ADDRESSES, PREFIX
from agent.messages.build import contents, write
from agent.messages.envelope import State
from agent.messages.reading import Invalid, Reader
from agent.messages.registry import kinds
from agent.messages.schema import PLAIN, schemas
from agent.model import Emit, Restarted, Salvaged, Skipped, Stopping, Track
from agent.records import entry, fix_payload
from agent.uplink.envelope import Frame, live, message, track_batch
from agent.uplink.presence import Presence
from buffer.journal import Journal
from drivers.clock import Stamp
from drivers.readings import CameraFault, CameraHealth, Fix
from tests.fresh import fresh

DOCS = Path(__file__).parents[2] / "docs"
BOOT = "0f3c1d2e-6b1a-4c55-9d55-7f7a0a1b2c3d"
GENERATION = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
READER = Reader()
FORMATS = jsonschema.FormatChecker()


@FORMATS.checks("date-time", ValueError)
def moment(text):
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


SCHEMAS = {
    name: jsonschema.Draft202012Validator(schema, format_checker=FORMATS)
    for name, schema in schemas().items()
}


def frame(generation=GENERATION, **anchors):
    return Frame("haulwatch/muck/truck-1", generation, BOOT, 5 * 10**12, anchors)


def drive(timeline):
    """A timeline with many kinds of records."""
    t = timeline()
    t.run(60, see="covered")
    t.run(40, see="uncovered")
    t.feed(CameraHealth(t.now, "bed", "body", True, faults=(CameraFault("dirty", t.now, "x"),)))
    t.run(40, see="covered")
    t.feed(Skipped(t.now, "city", "event", 3, 4, "dead"))
    t.feed(Salvaged(t.now, "/j", GENERATION, None, True, {"life": 9}, {"life": [(1, 8)]}, {"life": [(9, 9)]}))
    t.feed(Stopping(t.now, "test"))
    t.feed(Restarted(t.now, "2", first=False, new_boot=True, clean=True))
    return t


@pytest.fixture
def journalled(timeline, tmp_path):
    """The messages of a drive, out of a real journal."""
    effects = [e for e in drive(timeline).effects if isinstance(e, Emit | Track)]
    journal = Journal.open(fresh(tmp_path / "j.db"), BOOT, max_bytes=10**8, min_free_bytes=0)
    journal.append([entry(e, Stamp(BOOT, n * 10**9, None, "unsynced")) for n, e in enumerate(effects)])
    made = frame(journal.generation)
    streams = {s: journal.window("city", s, 1000, _none()) for s in ("life", "event", "coverage", "health")}
    found = [message(r, made) for records in streams.values() for r in records]
    found.append(track_batch(journal.window("city", "track", 60, _none()), made))
    journal.close()
    return found


def _none():
    from buffer.ranges import RangeSet

    return RangeSet()


def test_messages_of_a_drive_are_as_their_types_and_schemas_say(journalled):
    seen = set()
    for payload in journalled:
        READER.read(payload)
        body = json.loads(payload)
        seen.add(body["type"])
        SCHEMAS[body["type"]].validate(body)
    assert {"birth", "skipped", "clock.anchor", "journal.salvaged", "stopped", "track.batch"} <= seen
    assert {"load.changed", "uncovered_load.started", "camera_fault.started", "health.report"} <= seen


@given(st.data())
def test_types_and_schemas_refuse_the_same(data):
    """A member that is missing, or of another kind, anywhere in a message."""
    body = json.loads(_manifest())
    _break(data.draw, body)
    payload = json.dumps(body).encode()
    try:
        READER.read(payload)
        typed = True
    except Invalid:
        typed = False
    assert SCHEMAS["picture.taken"].is_valid(body) == typed


def _break(draw, body):
    at = body
    while True:
        keys = sorted(at) if isinstance(at, dict) else list(range(len(at)))
        key = draw(st.sampled_from(keys))
        if isinstance(at[key], dict | list) and at[key] and draw(st.booleans()):
            at = at[key]
            continue
        if draw(st.booleans()):
            del at[key]
        else:
            at[key] = draw(st.sampled_from([None, -1, 0.5, "", "x", [], {}, [1], True]))
        # these two only the types compare: an id, and a severity that stands in two places
        if key in ("id", "severity"):
            at[key] = 1
        return


def _manifest() -> bytes:
    sha256, data = "ab" * 32, {}
    data |= {"why": "uncovered_load.started", "camera": "bed", "group": "event", "concealed": "faces"}
    data |= {"original": {"sha256": sha256, "bytes": 70_000, "width": 1280, "height": 720}, "overlay": None}
    data |= {"may_leave": {"original": True, "overlay": False}, "frame": 7, "at_us": 5, "decided": True}
    made = entry(Emit("media", "picture.taken", "s", data, "notice"), Stamp(BOOT, 7, None, "unsynced"))
    from buffer.records import seal

    body = json.loads(message(seal(made, 1, BOOT, bytes(32)), frame()))
    files = [{"kind": "original", "sha256": sha256, "bytes": 70_000, "chunks": 2}]
    return json.dumps(body | {"chunkbytes": 65_536, "files": files}).encode()


def test_a_manifest_names_its_files():
    assert READER.read(_manifest()).head.files[0].chunks == 2


def test_live_and_state_are_as_they_should_be():
    fix = fix_payload(Track(Fix(1, "3d", lat=31.2, lon=121.4), ("hdop",)))
    found = READER.read(live(fix, "7", frame(), 10**18))
    assert found.data.unfit == ("hdop",)
    state = Presence("haulwatch/muck/truck-1", 3, "1.0", GENERATION).payload("online", 10**18)
    assert msgspec.json.decode(state, type=State).session == 3
    SCHEMAS["state"].validate(json.loads(state))
    SCHEMAS["track.live"].validate(json.loads(live(fix, "7", frame(), 10**18)))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"type": "load.guessed"}, "unknown type load.guessed"),
        ({"stream": "health"}, "is in stream health, not media"),
        ({"seq": 2}, "its id is not generation/stream/seq"),
        ({"severity": "critical"}, "severity differs"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_said(change, why):
    body = json.loads(_manifest()) | change
    with pytest.raises(Invalid, match=why):
        READER.read(json.dumps(body).encode())


@pytest.mark.parametrize("payload", [b"", b"\xff", b"[]", b'{"type": 1}', b"null"])
def test_no_message_at_all_is_said_too(payload):
    with pytest.raises(Invalid, match="no message"):
        READER.read(payload)


def test_the_published_files_are_of_the_present_types():
    stale = [n for n, text in contents().items() if not (DOCS / n).exists() or (DOCS / n).read_text() != text]
    assert stale == [], "run: python -m agent.messages.build docs"
    known = {f"schemas/{f.name}" for f in (DOCS / "schemas").glob("*.json")}
    assert known == contents().keys() - {"asyncapi.json"}


def test_writing_removes_schemas_of_types_that_are_no_more(tmp_path):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "old.json").write_text("{}")
    write(tmp_path)
    assert not (tmp_path / "schemas" / "old.json").exists()
    assert json.loads((tmp_path / "asyncapi.json").read_text())["asyncapi"] == "3.0.0"


def test_every_schema_is_one():
    for name, schema in schemas().items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["title"] == name
        assert schema["description"], name


def test_every_message_has_a_channel_and_every_reference_leads_somewhere():
    made = contents()  # some seconds of work on a slow machine
    document = json.loads(made["asyncapi.json"])
    shown = {m for channel in document["channels"].values() for m in channel["messages"]}
    assert shown == document["components"]["messages"].keys()
    assert kinds().keys() | PLAIN.keys() <= shown
    for reference in references(document):
        at, _, path = reference.partition("#/")
        target = document if not at else json.loads(made[at])
        for part in path.split("/") if path else []:
            target = target[part]


def references(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from [inner] if key == "$ref" else references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_the_addresses_are_the_default_topics():
    defaults = msgspec.structs.asdict(Topics())
    assert {n: t for n, t in defaults.items() if t != PREFIX + ADDRESSES.get(n, "")} == {}
