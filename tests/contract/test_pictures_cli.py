"""`haulwatch pictures` beside a journal: what is listed, and what verify finds."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agent.model import Emit, PictureFile, PicturesDeleted, PictureTaken
from agent.pictures.files import Stored, delete, store, stored
from agent.records import entry
from agent.rules.pictures import Pictures, advance
from buffer.journal import Journal
from drivers.clock import Stamp
from tests.fresh import fresh

UTC_NS = 1_795_500_000 * 10**9  # 2026-11-24T06:00:00Z
STAMP = Stamp("b", 5, UTC_NS, "gnss")


class Album:
    """A folder and a journal as the daemon would leave them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "pictures"
        self.config = folder / "agent.toml"
        journal = folder / "journal.db"
        self.config.write_text(
            '[unit]\nfleet = "f"\nvehicle = "v"\n[gnss]\nsource = "/dev/ttyUSB0"\n'
            f'[journal]\npath = "{journal}"\n[status]\nsocket = "{folder}/none.sock"\n'
        )
        self.journal = Journal.open(fresh(journal), "b", max_bytes=10**7, min_free_bytes=0)

    def record(self, seen: PictureTaken | PicturesDeleted) -> None:
        _, effects = advance(Pictures(), None, seen, on_duty=True)
        self.journal.append([entry(e, STAMP) for e in effects if isinstance(e, Emit)])

    def take(self, content: bytes, subject: str = "load-b-1") -> None:
        files = {}
        for kind in ("original", "overlay"):
            told = content + kind.encode()
            sha256 = store(self.root / "event" / subject, kind, told, UTC_NS)
            files[kind] = PictureFile(sha256, len(told), 640, 480)
        values = {"concealed": "nothing", "frame": 1, "at_ns": 5} | files
        self.record(PictureTaken(5, "bed", subject, "load.changed", "event", **values))

    def one(self, kind: str = "original") -> Stored:
        return next(f for f in stored(self.root) if f.kind == kind)

    def run(self, *arguments: str) -> tuple[int, list[dict], str]:
        command = [sys.executable, "-m", "agent", "pictures", *arguments, "--config", str(self.config)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd="/")
        lines = [json.loads(line) for line in done.stdout.splitlines() if "--json" in arguments]
        return done.returncode, lines, done.stderr

    def verify(self) -> tuple[int, list[str]]:
        code, lines, _ = self.run("verify", "--json")
        return code, sorted(line["state"] for line in lines)


@pytest.fixture
def album(tmp_path: Path):
    made = Album(tmp_path)
    yield made
    made.journal.close()


def test_the_list_says_what_each_picture_belongs_to(album: Album) -> None:
    album.take(b"jpeg")
    code, lines, _ = album.run("list", "--json")
    assert code == 0
    assert {(line["group"], line["subject"], line["kind"]) for line in lines} == {
        ("event", "load-b-1", "original"),
        ("event", "load-b-1", "overlay"),
    }
    assert {line["time"] for line in lines} == {"2026-11-24T06:00:00.000000Z"}
    assert all(Path(line["file"]).is_file() for line in lines)


def test_verify_finds_what_was_altered_and_what_is_missing(album: Album) -> None:
    album.take(b"one")
    album.take(b"two", "load-b-2")
    assert album.verify() == (0, ["fine"] * 4)
    album.one().path.write_bytes(b"forged")
    album.one("overlay").path.unlink()
    assert album.verify() == (1, ["altered", "fine", "fine", "missing"])


def test_what_was_deleted_in_order_is_not_missing(album: Album) -> None:
    album.take(b"one")
    first, second = album.one(), album.one("overlay")
    delete(first, "aged").path.unlink()
    album.record(PicturesDeleted(6, "load-b-1", "event", "aged", ((first.sha256, "original"),)))
    assert album.verify() == (0, ["fine"])
    delete(second, "aged")  # and its record is still to come
    assert album.verify() == (0, [])


def test_a_picture_without_a_record_is_named_and_no_fault(album: Album) -> None:
    store(album.root / "cab" / "x", "original", b"jpeg", UTC_NS)
    assert album.verify() == (0, ["unrecorded"])


def test_to_take_one_the_daemon_must_run(album: Album) -> None:
    code, _, said = album.run("take", "bed")
    assert code == 3
    assert said.startswith("haulwatch: ")
    assert said.count("\n") == 1
