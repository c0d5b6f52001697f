"""The desk and the clearing on a real folder: each order gets one answer, no deletion stays untold."""

import threading
import time
from pathlib import Path

import pytest

from agent.channels import Inbox
from agent.model import (
    Caption,
    PictureFailed,
    PictureFile,
    PictureOrder,
    PicturesDeleted,
    PictureTaken,
    Snapshot,
)
from agent.pictures.clearing import Clearing, Keeping
from agent.pictures.desk import Links, PictureDesk
from agent.pictures.files import store, stored
from agent.pictures.plan import DAY_NS, Days
from drivers.clock import SystemClock

FILE = PictureFile("ab" * 32, 1000, 640, 480)
DAYS = Days(30, 90, 7, 3)


class Office:
    """A desk with an inbox, and a vision process that the test plays."""

    def __init__(self, root: Path, **keeping: object) -> None:
        self.clock = SystemClock(0)
        now = self.clock.mono_ns()
        self.utc_ns = time.time_ns()
        self.clock.anchor(self.utc_ns, now)
        self.root, self.inbox, self.asked = root, Inbox(bound=8), []
        self.pid: int | None = 7
        self.needed: tuple[str, ...] = ()
        values = {"max_bytes": 10**9, "min_free_bytes": 0, "days": DAYS, "not_before_ns": 10**18} | keeping
        self.keeping = Keeping(root, **values)
        self.stop = threading.Event()

    def start(self, wait_s: float = 0.0) -> "Office":
        clearing = Clearing(self.keeping, lambda: self.needed, self.clock)
        links = Links(self._ask, lambda: self.pid, lambda o: self.inbox.put(o, 0.05))
        self.desk = PictureDesk(links, clearing, self.clock, wait_s)
        self.thread = threading.Thread(target=self.desk.run, args=(self.stop, lambda: None))
        self.thread.start()
        return self

    def _ask(self, order: PictureOrder) -> int | None:
        if self.pid is not None:
            self.asked.append(order)
        return self.pid

    def close(self) -> None:
        self.stop.set()
        self.thread.join()
        self.stop.clear()

    def order(self, camera: str = "bed", age_s: float = 0, frame: int | None = None) -> PictureOrder:
        wish = Snapshot(camera, "load-1", "load.changed", frame)
        made = PictureOrder(self.clock.mono_ns() - round(age_s * 1e9), wish, Caption())
        self.desk.order(made)
        return made

    def taken(self, camera: str = "bed", *, decided: bool = False) -> PictureTaken:
        now = self.clock.mono_ns()
        return PictureTaken(
            now, camera, "load-1", "load.changed", "event", FILE, FILE, "nothing", 1, now, decided
        )

    def get(self) -> object:
        return self.inbox.get(20)

    def put(self, group: str, days: float, kind: str = "original", content: bytes = b"jpeg") -> None:
        store(self.root / group / "load-1", kind, content, self.utc_ns - round(days * DAY_NS))


@pytest.fixture
def office(tmp_path: Path):
    made = Office(tmp_path)
    yield made
    if made.thread.is_alive():
        made.close()


def test_an_order_goes_to_the_vision_process_and_its_answer_to_the_inbox(office: Office, until) -> None:
    office.start()
    order = office.order()
    until(lambda: office.asked == [order])
    office.desk.answered(office.taken())
    assert isinstance(office.get(), PictureTaken)
    office.desk.answered(office.taken())  # a second answer to the same order
    office.close()
    assert len(office.inbox) == 0


def test_the_deciding_frame_and_the_next_one_are_two_orders(office: Office, until) -> None:
    office.start()
    office.order()
    office.order(frame=7)
    until(lambda: len(office.asked) == 2)
    office.desk.answered(office.taken(decided=True))
    assert office.get().decided
    office.close()
    assert office.get().decided is False


def test_orders_wait_for_a_vision_process_that_is_down(office: Office, until) -> None:
    office.pid = None
    office.start()
    order = office.order()
    office.pid = 8
    until(lambda: office.asked == [order])


def test_orders_are_given_again_when_the_vision_process_was_replaced(office: Office, until) -> None:
    office.start()
    order = office.order()
    until(lambda: office.asked == [order])
    office.pid = 9
    until(lambda: office.asked == [order, order])


def test_no_order_stays_without_an_answer(office: Office) -> None:
    office.start()
    office.order(age_s=100)
    assert office.get().reason == "no answer from the vision process"
    office.order()
    office.close()
    assert office.get().reason == "the agent stopped"


def test_too_many_orders_are_refused_at_once(office: Office) -> None:
    office.pid = None
    office.start()
    for _ in range(65):
        office.order()
    failed = office.get()
    assert isinstance(failed, PictureFailed)
    assert "too many" in failed.reason


def test_a_full_inbox_loses_no_answer(office: Office) -> None:
    office.start()
    for _ in range(8):
        office.inbox.offer(office.taken("other"))
    office.order("cab")
    office.desk.answered(office.taken("cab"))
    seen = [office.get() for _ in range(9)]
    assert [s.camera for s in seen] == ["other"] * 8 + ["cab"]


def test_old_pictures_go_and_are_told_until_the_journal_has_it(office: Office, until) -> None:
    office.put("event", 31)
    office.put("event", 31, "overlay")
    office.put("cab", 6)
    office.start()
    seen = office.get()
    assert isinstance(seen, PicturesDeleted)
    assert (seen.subject, seen.group, seen.why) == ("load-1", "event", "aged")
    assert [kind for _, kind in seen.files] == ["original"]
    office.close()  # the power goes before the record is written
    assert sorted(str(f.gone) for f in stored(office.root)) == ["None", "None", "aged"]
    office.start()
    again = office.get()
    assert again.files == seen.files
    office.desk.deleted(again)
    until(lambda: [f.gone for f in stored(office.root)] == [None, None])
    office.close()
    assert len(office.inbox) == 0


def test_what_an_open_episode_needs_stays(office: Office, until) -> None:
    office.put("event", 31)
    office.put("cab", 31)
    office.needed = ("load-1",)
    store(office.root / "cab" / "other", "original", b"x", office.utc_ns - 31 * DAY_NS)
    office.start()
    assert office.get().subject == "other"
    assert [f.gone for f in stored(office.root) if f.subject == "load-1"] == [None, None]


def test_the_days_of_an_undated_picture_begin_when_the_clock_is_good(tmp_path: Path, until) -> None:
    office = Office(tmp_path)
    store(tmp_path / "snapshot" / "load-1", "original", b"x", 86_400 * 10**9)
    office.start()
    until(lambda: next(iter(stored(tmp_path))).utc_ns > office.utc_ns - 10**12)
    office.close()
    assert len(office.inbox) == 0


def test_a_budget_is_kept(tmp_path: Path) -> None:
    office = Office(tmp_path, max_bytes=10)
    for i in range(4):
        office.put("event", i, content=b"four" + bytes([i]))
    office.start()
    seen = office.get()
    office.close()
    assert seen.why == "room"
    left = sorted(f.utc_ns for f in stored(tmp_path) if not f.gone)
    assert [round((office.utc_ns - at) / DAY_NS) for at in left] == [1, 0]
