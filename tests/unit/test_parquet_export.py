"""`journal export --format parquet`: what is written, and that it can be written again."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pyarrow import parquet

from agent.analysis.columns import PARTITIONS, RECORD, TABLES, TRACK
from agent.analysis.documents import EPISODE
from agent.analysis.exported import Wanted, export
from agent.analysis.partitions import SEQS
from buffer.journal import Journal
from buffer.records import Entry
from buffer.survey import Survey
from tests.fresh import fresh

BOOT, OTHER = "0b0e7a52-1111-4222-8333-444455556666", "1b0e7a52-1111-4222-8333-444455556666"
UTC_NS = 1_790_000_000 * 10**9  # 2026-09-21T14:13:20Z
DAY_NS = 86_400 * 10**9
FIX = {"utc": "2026-09-21T14:13:21.500Z", "mode": "3d", "lat": 31.23, "lon": 121.47, "alt": None}
FIX |= {"speed": 3.5, "course": 90.0, "quality": 1, "satellites": 14, "hdop": 0.8, "accuracy": None}
FIX |= {"inferred": []}
CHANGE = {
    "kind": "became_empty", "from": "covered", "to": "empty", "since_us": 4_000_000, "severity": "info",
    "place": {"lat": 31.2, "lon": 121.4}, "zone": {"id": "tip", "role": "disposal", "state": "inside"},
}  # fmt: skip


def entry(n, stream="track", data=FIX, kind="fix", dated=True, day=0):
    payload = json.dumps(data, separators=(",", ":")).encode()
    at = n * 10**9
    return Entry(
        stream,
        kind,
        "unit",
        payload,
        at,
        UTC_NS + at + day * DAY_NS if dated else None,
        "gnss" if dated else "unsynced",
    )


@pytest.fixture
def journal(tmp_path):
    journal = Journal.open(fresh(tmp_path / "journal.db"), BOOT, max_bytes=20_000_000, min_free_bytes=0)
    journal.append([entry(n) for n in range(1, 4)])
    journal.append([entry(5, "event", CHANGE, "load.changed")])
    yield journal
    journal.close()


def exported(journal, out, **more):
    with Survey(journal.path) as survey:
        return export(survey, Wanted(out, "green", "truck 1", **more))


def files(out):
    return {str(f.relative_to(out)): f.read_bytes() for f in sorted(out.rglob("*.parquet"))}


def rows(out, table="track"):
    found = [
        row
        for f in sorted((out / table).rglob("*.parquet"))
        for row in parquet.ParquetFile(f).read().to_pylist()
    ]
    return sorted(found, key=lambda row: (row["stream"], row["seq"]))


def test_partitions_and_typed_columns(journal, tmp_path):
    out = tmp_path / "out"
    done = exported(journal, out)
    head = f"truck%201.{journal.generation.replace('-', '')[:16]}"
    track = f"track/fleet=green/date=2026-09-21/{head}.track.0000000001.parquet"
    assert [name for name in files(out) if name.startswith("track")] == [track]
    assert (done.tables["track"].rows, done.tables["track"].written, done.undated) == (3, 1, 0)
    for table, columns in TABLES.items():
        kinds = {
            "string": "string",
            "double": "double",
            "bigint": "int64",
            "timestamp": "timestamp[us, tz=UTC]",
        }
        for file in (out / table).rglob("*.parquet"):
            schema = parquet.read_schema(file)
            assert [(f.name, str(f.type)) for f in schema] == [(c.name, kinds[c.kind]) for c in columns]
    first = rows(out)[0]
    assert (first["vehicle"], first["seq"], first["mono_us"], first["unfit"]) == ("truck 1", 1, 1_000_000, "")
    assert first["time"].isoformat() == "2026-09-21T14:13:21+00:00"
    assert first["utc"].isoformat() == "2026-09-21T14:13:21.500000+00:00"
    (change,) = rows(out, "record")
    assert (change["change"], change["load"], change["zone_role"]) == ("became_empty", "empty", "disposal")
    assert change["since"].isoformat() == "2026-09-21T14:13:24+00:00"
    assert json.loads(change["data"]) == CHANGE


def test_a_trip_has_the_place_where_it_became_empty(journal, tmp_path):
    place = {"lat": 31.5, "lon": 121.5, "crs": "WGS-84"}
    at = {"boot": BOOT[:8], "at_us": 40_000_000, "utc": None}
    turn = {"at": at, "place": place, "site": {"id": "tip", "role": "disposal"}}
    journal.append(
        [entry(50, "trip", {"version": 3, "verdict": "suspicious", "emptied": turn}, "trip.ended")]
    )
    journal.append([entry(51, "trip", {"version": 1, "verdict": None, "emptied": None}, "trip.started")])
    exported(journal, tmp_path, stream="trip")
    ended, started = rows(tmp_path, "record")
    assert (ended["lat"], ended["zone_role"], ended["since_us"]) == (31.5, "disposal", 40_000_000)
    assert (ended["version"], ended["verdict"]) == (3, "suspicious")
    assert ended["since"].isoformat() == "2026-09-21T14:14:00+00:00"
    assert (started["lat"], started["since"], started["version"]) == (None, None, 1)


def test_again_changes_nothing_and_more_adds(journal, tmp_path):
    out = tmp_path / "out"
    exported(journal, out)
    before = files(out)
    assert exported(journal, out).tables["track"].unchanged == 1
    assert files(out) == before
    journal.append([entry(9), entry(10, day=1)])
    exported(journal, out)
    exported(journal, tmp_path / "fresh")
    assert files(out) == files(tmp_path / "fresh")
    assert [row["seq"] for row in rows(out)] == [1, 2, 3, 4, 5]
    assert len(files(out)) == 3


def test_what_the_journal_no_longer_holds_stays(journal, tmp_path):
    out = tmp_path / "out"
    exported(journal, out)
    whole = files(out)
    later = Entry("track", "fix", "unit", b'{"mode":"none"}', 99 * 10**9, UTC_NS + 2 * DAY_NS, "gnss")
    with Survey(journal.path) as survey:
        export(survey, Wanted(out, "green", "truck 1", "track", UTC_NS + DAY_NS))
    assert files(out) == whole
    journal.append([later])
    exported(journal, out, stream="track", since_ns=UTC_NS + DAY_NS)
    assert [row["seq"] for row in rows(out)] == [1, 2, 3, 4]


def test_a_boot_whose_clock_is_known_later_moves_to_its_date(journal, tmp_path):
    out = tmp_path / "out"
    journal.append([entry(n, dated=False) for n in (20, 21)])
    assert exported(journal, out).undated == 2
    undated = "track/fleet=green/date=__HIVE_DEFAULT_PARTITION__"
    assert [name for name in files(out) if name.startswith(undated)]
    anchor = b'{"mono_us":0,"origin":"gnss","utc_us":%d}' % (UTC_NS // 1000)
    journal.append([Entry("life", "clock.anchor", "clock", anchor, 1, UTC_NS, "gnss")])
    done = exported(journal, out)
    assert (done.undated, done.tables["track"].removed) == (0, 1)
    assert not [name for name in files(out) if name.startswith(undated)]
    assert [row["seq"] for row in rows(out)] == [1, 2, 3, 4, 5]


def test_a_moment_of_another_boot_is_dated_by_that_boots_anchor(journal, tmp_path):
    anchor = b'{"mono_us":0,"origin":"gnss","utc_us":%d}' % (UTC_NS // 1000)
    journal.append([Entry("life", "clock.anchor", "clock", anchor, 1, UTC_NS, "gnss")])
    journal.close()
    again = Journal.open(journal.path, OTHER, max_bytes=20_000_000, min_free_bytes=0)
    data = {"since_us": 7_000_000, "until_us": 8_000_000, "boot": BOOT[:8], "reason": "interrupted"}
    again.append([entry(1, "event", data, "speeding.ended")])
    again.close()
    exported(again, tmp_path / "out")
    ended = rows(tmp_path / "out", "record")[1]
    assert (ended["reason"], ended["since_us"]) == ("interrupted", None)
    assert ended["until"].isoformat() == "2026-09-21T14:13:28+00:00"


def test_a_range_of_seqs_has_its_own_file(journal, tmp_path, monkeypatch):
    monkeypatch.setitem(SEQS, "track", 2)
    exported(journal, tmp_path / "out")
    assert [name[-18:] for name in files(tmp_path / "out") if "track/" in name] == [
        "0000000001.parquet",
        "0000000003.parquet",
    ]


def test_a_file_that_is_no_export_is_named(journal, tmp_path):
    out = tmp_path / "out"
    exported(journal, out)
    file = next((out / "track").rglob("*.parquet"))
    file.write_bytes(b"no parquet")
    done = command(journal.path, "--out", out, "--vehicle", "green/truck 1")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert f"{file}: is no export of ours" in done.stderr


def test_columns_of_an_older_export_are_filled_up(journal, tmp_path):
    out = tmp_path / "out"
    exported(journal, out)
    file = next((out / "track").rglob("*.parquet"))
    parquet.write_table(parquet.ParquetFile(file).read().drop_columns(["hdop", "unfit"]), file)
    exported(journal, out)
    assert [(row["hdop"], row["speed"]) for row in rows(out)] == [(0.8, 3.5)] * 3


def command(path, *arguments, before="pass"):
    code = f"import sys; {before}; sys.argv[0] = 'haulwatch'; from agent.cli.main import main; main()"
    line = [sys.executable, "-c", code, "journal", "export", "--format", "parquet", "--path", str(path)]
    return subprocess.run(
        [*line, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )


def test_the_command_says_what_it_did_and_what_is_missing(journal, tmp_path):
    out = tmp_path / "out"
    said = command(journal.path, "--out", out)
    assert (said.returncode, "name it with --vehicle FLEET/VEHICLE" in said.stderr) == (3, True)
    assert command(journal.path, "--vehicle", "a/b").returncode == 2
    assert command(journal.path, "--out", out, "--vehicle", "alone").returncode == 2
    anchor = {"statement": {"vehicle": "green/t7"}, "kid": "k", "sig": "s", "alg": "Ed25519"}
    journal.append([entry(30, "life", anchor, "chain.anchor"), entry(31, data=[])])
    done = command(journal.path, "--out", out, "--json")
    found = json.loads(done.stdout)
    assert (found["fleet"], found["vehicle"], found["tables"]["track"]["rows"]) == ("green", "t7", 3)
    assert (found["unread"], found["damaged"], found["undated"]) == (1, 0, 0)


def test_without_the_extra_it_names_it(journal, tmp_path):
    gone = "sys.modules['pyarrow'] = None"
    done = command(journal.path, "--out", tmp_path / "out", "--vehicle", "a/b", before=gone)
    assert done.returncode == 3
    assert done.stderr == (
        "haulwatch: pyarrow: is not installed; on a laptop or a server: pip install 'haulwatch[analysis]'\n"
    )


def test_the_document_has_every_column():
    document = (Path(__file__).parents[2] / "docs" / "export.md").read_text()
    for column in (*PARTITIONS, *TRACK, *RECORD, *EPISODE):
        assert f"| `{column.name}` | {column.kind} | {column.means} |" in document, column.name
