"""The screens of `haulwatch watch` and `gnss watch --table`: what they say, and that they fit."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from agent.language import spoken
from agent.screens import sky
from agent.screens.overview import News, screen, silent
from agent.screens.words import Words
from drivers.readings import Signal

ZH, EN = Words("zh"), Words("en")
GPS = (
    Signal("gps", 3, 40, 120, 44, "1"),
    Signal("gps", 3, 40, 120, 31, "8"),
    Signal("gps", 7, 12, 300, None, "1"),
    Signal("beidou", 21, 58, 130, 27),
)


def status(**changes: Any) -> dict[str, Any]:
    receiver = {"source": "/dev/ttyUSB0", "connected": True, "reason": None, "antenna": "ok", "rate_hz": 1.0}
    fix = {"lat": 31.2, "lon": 121.5, "speed": 10.0, "course": 90.0, "hdop": 0.8, "mode": "3d", "age_s": 0.4}
    camera = {"role": "body", "connected": True, "reason": None, "fps": 1.0, "age_s": 0.2, "faults": []}
    sink = {"connected": True, "reason": None, "acked": 12, "in_flight": 0, "protocol": 5}
    return {
        "version": "1.0",
        "unit": {"fleet": "muck", "vehicle": "truck-1", "plate": "川A12345"},
        "clock": {"utc_ns": 1_796_067_296_000_000_000, "origin": "gnss"},
        "receiver": receiver | {"suspicions": []},
        "sky": [{"constellation": "gps", "number": n, "cn0": 20 + n} for n in range(1, 15)],
        "fix": fix,
        "motion": {"moving": True, "parked": False},
        "load": {"state": "uncovered", "lasting": "covered"},
        "violations": [],
        "gaps": {},
        "cameras": {"bed": camera},
        "journal": {"bytes": 1_200_000, "pending": 0},
        "written": {"bytes_per_hour": 3e6, "hours": 1.0},
        "sinks": {"city": sink},
        "faults": [],
    } | changes


def drawn(of: dict[str, Any], news: list[News], words: Words, width: int = 80, height: int = 24) -> list[str]:
    console = Console(width=width, height=height, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(screen(of, news, words, (width, height)))
    return captured.get().splitlines()


def test_all_is_on_one_screen_in_either_language() -> None:
    news = [News("2026-11-30T19:04:00Z", "load.changed", "load-1", {"from": "empty", "to": "covered"})]
    shown = "\n".join(drawn(status(), news, ZH))
    for word in (
        "川A12345",
        "31.200000 121.500000",
        "36 km/h",
        "未覆盖 (持续: 已覆盖)",
        "空车 → 已覆盖",
        "14/14",
    ):
        assert word in shown
    english = "\n".join(drawn(status(), news, EN))
    for word in ("position", "uncovered", "empty → covered", "city: connected (MQTT 5)", "19:04:00"):
        assert word in english


@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
def test_what_is_wrong_is_named(words: Words) -> None:
    receiver = status()["receiver"] | {"connected": False, "reason": "no valid sentence"}
    camera = status()["cameras"]["bed"] | {"connected": False, "reason": "refused"}
    shown = "\n".join(
        drawn(
            status(
                receiver=receiver,
                cameras={"bed": camera},
                sinks={"city": {"connected": False, "reason": "no route"}},
                violations=["uncovered_load-a-1"],
                gaps={"fix": "no fix"},
                faults=["worker vision: gone"],
                sky=[],
            ),
            [],
            words,
        )
    )
    for text in ("no valid sentence", "refused", "no route", "uncovered_load-a-1", "no fix", "vision: gone"):
        assert text in shown


@given(
    width=st.integers(60, 200),
    height=st.integers(24, 60),
    events=st.integers(0, 60),
    subject=st.text("未覆盖abc-", min_size=1, max_size=200),
)
def test_it_never_grows_over_the_screen(width: int, height: int, events: int, subject: str) -> None:
    news = [News("", "uncovered_load.started", subject, {"severity": "violation"})] * events
    shown = drawn(status(), news, ZH, width, height)
    assert len(shown) < height
    assert all(cell_len(line) <= width for line in shown)


def test_a_unit_that_knows_nothing_yet() -> None:
    nothing = {"receiver": None, "fix": None, "motion": None, "load": None, "cameras": {}, "sinks": {}}
    nothing |= {"sky": [], "written": None, "clock": {"utc_ns": None, "origin": "unsynced"}}
    shown = "\n".join(drawn(status(**nothing), [], EN))
    assert "no position yet" in shown
    assert "no satellite" in shown


def test_a_daemon_that_is_gone() -> None:
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        console.print(silent("start it", ZH))
    assert "守护进程没有应答" in captured.get()


def test_a_satellite_is_shown_once_by_its_strongest_signal() -> None:
    found = sky.strongest(GPS)
    assert list(found) == ["gps", "beidou"]
    assert [(s.number, s.cn0) for s in found["gps"]] == [(3, 44), (7, None)]
    assert [line.plain for line in sky.lines(GPS, EN, 40)] == ["GPS      1/2  ▇", "BeiDou   1/1  ▃"]


def test_a_table_of_satellites() -> None:
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        console.print(sky.table(GPS))
    lines = [line.split() for line in captured.get().splitlines()]
    assert lines[1][:5] == ["GPS", "3", "40", "120", "44"]
    assert len(lines[1][5]) == 18
    assert lines[2] == ["GPS", "7", "12", "300", "-"]


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "zh"),
        ({"LANG": "C.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "en_US", "LANG": "zh_CN"}, "en"),
    ],
)
def test_the_language_is_that_of_the_locale(environment: dict[str, str], language: str) -> None:
    assert spoken(environment) == language
