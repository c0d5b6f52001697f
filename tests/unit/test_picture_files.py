"""Pictures on disk: whole or not there, named by content, deleted so that no power cut hides it."""

import hashlib
import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.pictures.files import Stored, delete, erase, folder_name, forget, store, stored, sweep_fresh
from agent.pictures.plan import DAY_NS, Days, plan, undated

DAYS = Days(original=30, overlay=90, cab=7, snapshot=3)
NOW = 1_795_500_000 * 10**9
GROUPS = ("event", "cab", "snapshot")


def put(root: Path, subject: str = "load-1", content: bytes = b"jpeg", **more: object) -> Stored:
    values = {"group": "event", "kind": "original", "utc_ns": NOW} | more
    sha256 = store(root / values["group"] / folder_name(subject), values["kind"], content, values["utc_ns"])
    return next(f for f in stored(root) if f.sha256 == sha256 and f.kind == values["kind"])


def test_a_picture_is_found_by_what_its_name_says(tmp_path: Path) -> None:
    found = put(tmp_path, "gap-camera:bed-b00t-7", b"abc", group="cab", kind="overlay")
    assert found.sha256 == hashlib.sha256(b"abc").hexdigest()
    assert (found.group, found.subject, found.kind, found.bytes) == (
        "cab",
        "gap-camera:bed-b00t-7",
        "overlay",
        3,
    )
    assert (found.utc_ns, found.gone) == (NOW, None)
    assert found.path.read_bytes() == b"abc"


def test_the_same_picture_twice_is_one_file(tmp_path: Path) -> None:
    put(tmp_path)
    put(tmp_path)
    assert len(list(stored(tmp_path))) == 1


def test_no_folder_no_pictures_and_strangers_are_passed_over(tmp_path: Path) -> None:
    assert list(stored(tmp_path / "none")) == []
    (tmp_path / "event" / "load-1").mkdir(parents=True)
    (tmp_path / "event" / "load-1" / "notes.txt").write_text("x")
    (tmp_path / "event" / "file").write_text("x")
    assert list(stored(tmp_path)) == []


def test_what_was_half_written_goes_at_the_next_start(tmp_path: Path) -> None:
    kept = put(tmp_path)
    (kept.path.parent / ".fresh-0123.original.77").write_bytes(b"half")
    assert sweep_fresh(tmp_path) == 1
    assert [f.path for f in stored(tmp_path)] == [kept.path]
    assert sorted(os.listdir(kept.path.parent)) == [kept.path.name]


def test_a_deletion_leaves_a_trace_until_it_is_forgotten(tmp_path: Path) -> None:
    trace = delete(put(tmp_path), "aged")
    assert [(f.gone, f.bytes) for f in stored(tmp_path)] == [("aged", 0)]
    forget(trace)
    assert list(stored(tmp_path)) == []
    assert not trace.path.parent.exists()
    forget(trace)  # a second time, after a power cut between the two


def test_a_power_cut_after_the_new_name_brings_no_picture_back(tmp_path: Path) -> None:
    picture = put(tmp_path)
    picture.path.rename(picture.path.with_suffix(".room"))  # the power goes here
    (left,) = stored(tmp_path)
    assert (left.gone, left.bytes) == ("room", 4)
    erase(left)
    assert [(f.gone, f.bytes) for f in stored(tmp_path)] == [("room", 0)]


@given(st.text(min_size=1, max_size=300))
def test_any_subject_makes_a_folder_inside(subject: str) -> None:
    name = folder_name(subject)
    assert name not in ("", ".", "..")
    assert not set(name) & set("/\0")
    assert len(name.encode()) <= 200


def file(
    group: str = "event", kind: str = "original", age: float = 0, size: int = 100, subject: str = "s"
) -> Stored:
    return Stored(
        Path(f"{group}-{kind}-{age}-{size}-{subject}"),
        group,
        subject,
        "0",
        kind,
        size,
        NOW - round(age * DAY_NS),
    )


@pytest.mark.parametrize(
    ("picture", "days"),
    [
        (file(), 30),
        (file(kind="overlay"), 90),
        (file("cab"), 7),
        (file("cab", "overlay"), 7),
        (file("snapshot"), 3),
        (file("snapshot", "overlay"), 3),
    ],
)
def test_each_class_has_its_days(picture: Stored, days: float) -> None:
    young, old = (
        msgspec.structs.replace(picture, utc_ns=NOW - round((days + more) * DAY_NS)) for more in (-0.01, 0.01)
    )
    assert plan([young], DAYS, NOW, 0, ()) == []
    assert [(d.picture, d.why) for d in plan([old], DAYS, NOW, 0, ())] == [(old, "aged")]
    assert plan([old], DAYS, None, 0, ()) == [], "without UTC nothing is old"


def test_room_is_made_by_what_matters_least() -> None:
    pictures = [
        file("event", "overlay", 5),
        file("event", age=9),
        file("event", age=8),
        file("cab"),
        file("snapshot"),
    ]
    order = [d.picture for d in plan(pictures, DAYS, NOW, 10**6, ())]
    assert order == [pictures[4], pictures[3], pictures[1], pictures[2], pictures[0]]
    assert len(plan(pictures, DAYS, NOW, 201, ())) == 3


def test_evidence_goes_last_of_all_but_keeps_no_longer_than_its_days() -> None:
    old = file(age=31)
    evidence = msgspec.structs.replace(file("cab", age=3), sha256="e")
    others = [file("event", "overlay"), file("event"), file("snapshot")]
    drops = plan([evidence, old, *others], DAYS, NOW, 10**6, (), {"e"})
    assert [d.picture for d in drops] == [old, *reversed(others), evidence]
    aged = msgspec.structs.replace(evidence, utc_ns=NOW - 8 * DAY_NS)
    assert [d.why for d in plan([aged], DAYS, NOW, 0, (), {"e"})] == ["aged"]


files = st.builds(
    file,
    st.sampled_from(GROUPS),
    st.sampled_from(["original", "overlay"]),
    st.floats(0, 200),
    st.integers(0, 10**6),
    st.sampled_from("abc"),
)


@given(
    st.lists(files, max_size=20, unique_by=lambda f: f.path),
    st.integers(0, 10**7),
    st.sets(st.sampled_from("abc")),
)
def test_a_plan_frees_enough_or_all_it_may_and_never_what_is_needed(pictures, need, needed) -> None:
    drops = plan(pictures, DAYS, NOW, need, needed)
    gone = [d.picture for d in drops]
    assert len({g.path for g in gone}) == len(gone)
    assert not {g.subject for g in gone} & needed
    may_go = [p for p in pictures if p.subject not in needed]
    assert sum(g.bytes for g in gone) >= min(need, sum(p.bytes for p in may_go))
    assert {p.path for p in may_go if NOW - p.utc_ns > DAYS.of(p) * DAY_NS} == {
        d.picture.path for d in drops if d.why == "aged"
    }


def test_pictures_of_an_unset_clock_are_known() -> None:
    old, good = file(age=20_000), file(age=1)
    assert undated([old, good], NOW - 100 * DAY_NS) == [old]
