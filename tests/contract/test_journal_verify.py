"""`journal verify`, `reset` and `export` on real journals, beside a running writer."""

import csv
import json
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import pytest

from buffer.journal import Journal
from buffer.ranges import RangeSet
from buffer.records import Entry
from buffer.verify import verify
from tests.fresh import fresh

BOOT = "0b0e7a52-1111-4222-8333-444455556666"
UTC_NS = 1_790_000_000 * 10**9


def opened(path: Path, boot: str = BOOT) -> Journal:
    return Journal.open(fresh(path), boot, max_bytes=20_000_000, min_free_bytes=0)


def fix(n: int) -> bytes:
    return (
        b'{"accuracy":null,"alt":8.5,"course":45,"hdop":0.9,"lat":31.%d,"lon":121.5,"mode":"3d",'
        b'"satellites":9,"speed":5,"utc":"2026-09-21T14:13:%02d.000Z"}' % (100 + n, n)
    )


def entry(n: int, stream: str, payload: bytes | None = None) -> Entry:
    content = payload if payload is not None else b'{"n":%d,"severity":"notice"}' % n
    return Entry(stream, "x", f"s{n}", content, n * 10**9, UTC_NS + n * 10**9, "gnss")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed journal: thirty events, births and fixes; some settled, some pruned."""
    journal = opened(tmp_path / "journal.db")
    for n in range(1, 31):
        journal.append([entry(n, "event"), entry(n, "life"), entry(n, "track", fix(n))], b"state")
    journal.settle("city", "track", 1, 10)
    journal.settle("city", "event", 1, 20)
    journal.commit()
    journal.retain(["city"], UTC_NS + 6 * 10**9)
    journal.close()
    return tmp_path / "journal.db"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent", "journal", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_whole_journal_has_no_findings(path: Path) -> None:
    verdict = verify(path)
    assert (verdict.findings, verdict.records, verdict.chained) == ([], 85, 60)
    done = run("verify", "--path", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "85 records, 60 in the chain" in done.stdout
    assert done.stdout.endswith("whole\n")


def test_it_is_whole_while_it_is_written(path: Path) -> None:
    journal, stop = opened(path), threading.Event()

    def write() -> None:
        n = 100
        while not stop.is_set():
            journal.append([entry(n, "event"), entry(n, "track", fix(1))])
            n += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert [verify(path).findings for _ in range(20)] == [[]] * 20
    finally:
        stop.set()
        writer.join()
        journal.close()


BREAKS = {
    "fails its checksum": "UPDATE record SET payload = '{}' WHERE stream = 'track' AND seq = 17",
    "life/8 does not follow": "DELETE FROM record WHERE stream = 'event' AND seq = 8",
    "life: seqs 12 to 12 are missing": "DELETE FROM record WHERE stream = 'life' AND seq = 12",
    "head is not that of any record": "DELETE FROM record WHERE stream = 'life' AND seq = 30",
    "track: seqs 11 to 12 are missing": "DELETE FROM record WHERE stream = 'track' AND seq IN (11, 12)",
    "are there though pruned": "INSERT INTO pruned VALUES ('event', 3, 4, 0)",
    "settled event up to 99, but it ends at 30": "UPDATE settled SET hi = 99 WHERE stream = 'event'",
    "snapshot": "UPDATE snapshot SET body = 'other'",
}


@pytest.mark.parametrize("said", BREAKS)
def test_each_damage_is_found(path: Path, said: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(BREAKS[said].replace("'{}'", "CAST('{}' AS BLOB)").replace("'other'", "CAST('x' AS BLOB)"))
    done = run("verify", "--path", path, "--json")
    assert done.returncode == 1, done.stderr
    assert any(said in finding for finding in json.loads(done.stdout)["findings"])


def test_records_in_another_order_are_found(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        (one,) = db.execute("SELECT rowid FROM record WHERE stream = 'event' AND seq = 7").fetchone()
        (two,) = db.execute("SELECT rowid FROM record WHERE stream = 'event' AND seq = 8").fetchone()
        db.execute("UPDATE record SET rowid = 999999 WHERE rowid = ?", (one,))
        db.execute("UPDATE record SET rowid = ? WHERE rowid = ?", (one, two))
        db.execute("UPDATE record SET rowid = ? WHERE rowid = 999999", (two,))
    assert any("does not follow" in finding for finding in verify(path).findings)


def test_a_reset_carries_what_was_not_delivered_on_request(path: Path) -> None:
    before = verify(path)
    done = run("reset", "--keep-unsent", "--yes", "--path", path, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["moved"] == f"{path}.old-1"
    assert told["kept"] == {"event": [[21, 30]], "life": [[1, 30]], "track": [[11, 30]]}
    after = verify(path)
    assert (after.findings, after.records) == ([], 60)
    assert after.generation != before.generation
    journal = opened(path)
    assert journal.backlog("city") == {"event": 10, "life": 30, "track": 20}
    assert journal.salvaged.generation == before.generation
    journal.salvage_told()
    journal.append([entry(31, "event")])
    assert journal.window("city", "event", 100, RangeSet())[-1].seq == 31
    journal.close()
    again = opened(path)
    assert (again.salvaged, again.replaced) == (None, None)
    again.close()


def test_a_reset_without_it_begins_empty_and_the_old_file_stays(path: Path) -> None:
    assert run("reset", "--yes", "--path", path).returncode == 0
    assert verify(path).records == 0
    assert verify(path.with_name("journal.db.old-1")).records == 85
    assert run("reset", "--path", path).returncode == 1  # nobody said yes


def test_no_reset_under_a_running_daemon(path: Path) -> None:
    journal = opened(path)
    done = run("reset", "--yes", "--path", path)
    assert (done.returncode, done.stdout) == (3, "")
    assert "another process writes this journal" in done.stderr
    journal.close()


def test_geojson_has_the_track_as_points(path: Path) -> None:
    found = json.loads(run("export", "--format", "geojson", "--path", path).stdout)
    assert [f["properties"]["seq"] for f in found["features"]] == list(range(6, 31))
    first = found["features"][0]
    assert first["geometry"] == {"type": "Point", "coordinates": [121.5, 31.106, 8.5]}
    assert first["properties"]["time"] == "2026-09-21T14:13:06.000Z"


def test_gpx_is_a_track_whose_segments_end_at_pauses(path: Path) -> None:
    journal = opened(path)
    journal.append([entry(n, "track", fix(n % 60)) for n in (200, 201)])
    journal.close()
    root = ElementTree.fromstring(run("export", "--format", "gpx", "--path", path).stdout)  # noqa: S314
    space = "{http://www.topografix.com/GPX/1/1}"
    segments = root.findall(f"{space}trk/{space}trkseg")
    assert [len(segment) for segment in segments] == [25, 2]
    assert segments[0][0].attrib == {"lat": "31.106", "lon": "121.5"}
    assert [part.tag.removeprefix(space) for part in segments[0][0]] == ["ele", "time", "fix", "sat", "hdop"]


def test_csv_has_every_record(path: Path) -> None:
    text = run("export", "--format", "csv", "--path", path).stdout
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 85
    track = next(row for row in rows if row["stream"] == "track")
    assert (track["lat"], track["speed"], track["seq"]) == ("31.106", "5", "6")
    event = next(row for row in rows if row["stream"] == "event")
    assert (event["severity"], json.loads(event["data"])) == ("notice", {"n": 1})


def test_an_export_of_nothing_is_a_whole_document(tmp_path: Path) -> None:
    opened(tmp_path / "journal.db").close()
    where = ("--path", tmp_path / "journal.db")
    assert json.loads(run("export", "--format", "geojson", *where).stdout)["features"] == []
    assert ElementTree.fromstring(run("export", "--format", "gpx", *where).stdout) is not None  # noqa: S314
    assert run("export", "--format", "csv", *where).stdout.startswith("time,stream,seq,type")
