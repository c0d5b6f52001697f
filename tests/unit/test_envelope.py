"""Messages: CloudEvents around the journal's own bytes."""

import json
from datetime import UTC, datetime

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from agent.uplink.envelope import SECOND, Frame, live, message, rfc3339, track_batch
from buffer.records import Record

BOOT, OTHER = "b-1", "b-0"
UTC_NS = round(datetime(2026, 11, 24, 6, 0, tzinfo=UTC).timestamp()) * SECOND
FRAME = Frame(source="haulwatch/f/v", generation="g", boot=BOOT, mono_ns=500 * SECOND, anchors={})
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def record(
    seq: int = 7, stream: str = "event", payload: bytes = b'{"severity":"violation"}', **fields
) -> Record:
    usual = {
        "type": "uncovered_load.started", "subject": "load/1", "mono_ns": 490 * SECOND, "utc_ns": UTC_NS,
        "clock": "gnss", "boot": BOOT, "crc": 0,
    }  # fmt: skip
    return Record(stream=stream, seq=seq, payload=payload, **(usual | fields))


def test_all_attributes_of_a_record():
    assert json.loads(message(record(), FRAME)) == {
        "specversion": "1.0",
        "id": "g/event/7",
        "source": "haulwatch/f/v",
        "type": "uncovered_load.started",
        "time": "2026-11-24T06:00:00.000000Z",
        "subject": "load/1",
        "datacontenttype": "application/json",
        "generation": "g",
        "stream": "event",
        "seq": 7,
        "boot": BOOT,
        "monons": 490 * SECOND,
        "clock": "gnss",
        "historical": False,
        "recordedtime": "2026-11-24T06:00:00.000000Z",
        "severity": "violation",
        "data": {"severity": "violation"},
    }


def test_a_batch_names_the_seqs_that_it_leaves_out():
    records = [record(seq, "track", b'{"lat":1}') for seq in (7, 8, 12)]
    data = json.loads(track_batch(records, FRAME, 4))["data"]
    assert (data["from"], data["to"], data["omitted"]) == (4, 12, [[4, 6], [9, 11]])
    assert [fix["seq"] for fix in data["fixes"]] == [7, 8, 12]
    assert json.loads(track_batch(records[1:2], FRAME))["data"]["omitted"] == []


@given(st.dictionaries(st.text(), VALUES))
def test_data_is_the_payload_byte_for_byte(data):
    payload = rfc8785.dumps(data)
    sent = message(record(payload=payload), FRAME)
    assert sent.endswith(b',"data":' + payload + b"}")
    assert json.loads(sent)["data"] == json.loads(payload)


@pytest.mark.parametrize("payload", [b"{}", b"[1]", b'"text"', b'{"severity":3}'])
def test_severity_is_info_unless_data_says_otherwise(payload):
    assert json.loads(message(record(payload=payload), FRAME))["severity"] == "info"


@pytest.mark.parametrize(
    ("clock", "utc_ns", "anchors", "time", "written"),
    [
        ("gnss", UTC_NS, {BOOT: (0, 0)}, UTC_NS, UTC_NS),  # as written, the clock was good
        ("ntp", UTC_NS, {}, UTC_NS, UTC_NS),
        ("unsynced", None, {BOOT: (UTC_NS, 480 * SECOND)}, UTC_NS + 10 * SECOND, None),
        ("rtc", 5, {BOOT: (UTC_NS, 480 * SECOND)}, UTC_NS + 10 * SECOND, 5),
        ("rtc", UTC_NS, {}, UTC_NS, UTC_NS),
        ("unsynced", None, {OTHER: (UTC_NS, 0)}, None, None),  # another boot's anchor says nothing
    ],
)
def test_time_is_derived_and_recordedtime_is_what_was_written(clock, utc_ns, anchors, time, written):
    frame = Frame(source="s", generation="g", boot=BOOT, mono_ns=500 * SECOND, anchors=anchors)
    sent = json.loads(message(record(clock=clock, utc_ns=utc_ns), frame))
    assert sent.get("time") == (None if time is None else rfc3339(time))
    assert sent["recordedtime"] == (None if written is None else rfc3339(written))


def test_an_unknown_time_and_an_empty_subject_are_absent():
    sent = json.loads(message(record(utc_ns=None, clock="unsynced", subject=""), FRAME))
    assert "time" not in sent
    assert "subject" not in sent


@pytest.mark.parametrize(
    ("boot", "age_s", "historical"), [(BOOT, 0, False), (BOOT, 60, False), (BOOT, 61, True), (OTHER, 0, True)]
)
def test_historical_is_an_earlier_boot_or_over_a_minute_old(boot, age_s, historical):
    sent = message(record(boot=boot, mono_ns=FRAME.mono_ns - age_s * SECOND), FRAME)
    assert json.loads(sent)["historical"] is historical


def test_a_track_batch_is_named_by_its_first_fix_and_holds_all():
    payloads = [b'{"lat":31.2304,"mode":"3d"}', b"{}", b'{"lat":null}']
    fixes = [
        record(seq, "track", payload, type="fix", mono_ns=(490 + seq) * SECOND)
        for seq, payload in enumerate(payloads, 5)
    ]
    text = track_batch(fixes, FRAME)
    sent = json.loads(text)
    assert (sent["id"], sent["type"], sent["seq"]) == ("g/track/5", "track.batch", 5)
    data = sent["data"]
    assert (data["from"], data["to"], data["crs"], data["omitted"]) == (5, 7, "EPSG:4326", [])
    assert [f["seq"] for f in data["fixes"]] == [5, 6, 7]
    assert [f["monons"] for f in data["fixes"]] == [495 * SECOND, 496 * SECOND, 497 * SECOND]
    assert data["fixes"][0] | {"lat": 31.2304, "mode": "3d"} == data["fixes"][0]
    assert data["fixes"][0]["time"] == "2026-11-24T06:00:00.000000Z"
    assert b'"lat":31.2304,"mode":"3d"}' in text


def test_a_live_fix_is_in_no_stream():
    sent = json.loads(live(b'{"lat":1.5}', "3.1", FRAME, None))
    assert sent["id"] == "g/live/3.1"
    assert sent["data"] == {"lat": 1.5}
    assert not {"seq", "stream", "time"} & sent.keys()


@given(st.integers(0, 4 * 10**18))
def test_rfc3339_reads_back_to_the_microsecond(utc_ns):
    read = datetime.fromisoformat(rfc3339(utc_ns))
    assert (read - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() == pytest.approx(
        utc_ns / SECOND, abs=1e-5
    )
