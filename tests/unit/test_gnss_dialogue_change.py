"""What a wish means for a module, in which order it is done, and what its output tells of its settings."""

import pytest

from drivers.gnss.configure.change import Wish, assumed, line_load, overload, steps, wanted
from drivers.gnss.configure.observation import Observation
from drivers.gnss.dialogue.exchange import Dialogue
from drivers.gnss.dialogue.frames import Message
from drivers.profiles import gnss_profile, profile_names

M9N = gnss_profile("ublox-neo-m9n")
L76 = gnss_profile("quectel-l76-l")


def test_without_a_wish_the_agent_gets_what_it_needs() -> None:
    state = {**M9N.state, "beidou": 0, "gsv": 0, "rmc": 5, "period_ms": 100}
    assert wanted(Wish(), M9N, state) == {"period_ms": 1000, "gsv": 1, "beidou": 1}
    assert wanted(Wish(), L76, L76.state) == {"period_ms": 1000}  # it has no BeiDou


def test_a_list_means_these_and_no_others() -> None:
    found = wanted(Wish(constellations=("gps", "beidou")), M9N, M9N.state)
    assert found == {"gps": 1, "beidou": 1, "glonass": 0, "galileo": 0, "qzss": 0, "sbas": 0}


def test_the_lines_that_tell_of_the_antenna_stay_unless_they_are_named() -> None:
    casic = gnss_profile("casic-atgm336h")
    assert "txt" not in wanted(Wish(sentences=("rmc", "gga")), casic, casic.state)
    assert wanted(Wish(sentences=("rmc", "txt")), casic, casic.state)["txt"] == 1


def test_less_is_sent_before_more_and_the_speed_changes_last() -> None:
    wish = Wish(5, ("gps", "beidou"), ("rmc", "gga", "zda"), 115200)
    found, cannot = steps(Dialogue(M9N), M9N.state, wanted(wish, M9N, M9N.state))
    names = [s.exchange.name for s in found]
    assert set(names[:4]) == {"sentence vtg", "sentence gsa", "sentence gsv", "sentence gll"}
    assert names[-2:] == ["rate", "baud"]
    assert not cannot
    assert all(s.exchange.layer == "ram" for s in found)
    assert found[-1].old == {"baud": 38400}


def test_variables_of_one_message_are_one_step() -> None:
    found, _ = steps(Dialogue(L76), L76.state, {"vtg": 0, "gll": 0, "gga": 1})
    assert [(s.exchange.name, s.old, s.new) for s in found] == [
        ("sentences", {"vtg": 1, "gll": 1}, {"vtg": 0, "gll": 0})
    ]


def test_what_a_message_sets_besides_is_named_where_it_is_not_known() -> None:
    dialogue = Dialogue(L76)
    found, _ = steps(dialogue, L76.state, {"glonass": 0})
    assert assumed(dialogue, found, {"glonass", "gps"}) == ["galileo"]
    assert assumed(dialogue, found, {"glonass", "gps", "galileo"}) == []


def test_what_no_message_sets_is_named() -> None:
    assert steps(Dialogue(L76), {**L76.state, "txt": 1}, {"txt": 0}) == ([], ["txt"])


@pytest.mark.parametrize("name", profile_names("gnss"))
def test_nothing_but_save_outlives_the_power(name) -> None:
    dialogue = Dialogue(gnss_profile(name))
    for variable in dialogue.variables.factory:
        exchange = dialogue.setting(variable)
        assert exchange is None or exchange.layer == "ram"


def test_a_line_that_is_too_slow_is_told() -> None:
    at_1, at_10 = {**M9N.state, "baud": 9600}, {**M9N.state, "baud": 9600, "period_ms": 100}
    assert line_load(at_10, 9600) == pytest.approx(10 * line_load(at_1, 9600))
    assert "raise the speed first" in (overload(at_1, at_10) or "")
    assert overload(at_1, {**at_10, "baud": 460800})  # the speed changes last, so the old one counts
    assert overload({**at_1, "baud": 460800}, {**at_10, "baud": 460800}) is None
    assert overload(at_10, at_1) is None  # it becomes better


def observed(*epochs: list[str], period_ms: int = 1000) -> Observation:
    seen = Observation()
    for n, lines in enumerate(epochs):
        for line in lines:
            seen.see(Message("nmea", line.encode()), n * period_ms * 1_000_000)
    return seen


def epoch(n: int, *others: str, period_ms: int = 200) -> list[str]:
    time = f"{120000 + n * period_ms / 1000:010.3f}"
    return [
        f"GNRMC,{time},A,3113.9,N,12128.1,E,0.0,,010126,,,A",
        *others,
        f"GNGGA,{time},3113.9,N,12128.1,E,1",
    ]


def test_rate_and_sentences_are_seen() -> None:
    epochs = [epoch(n, *(["GPGSV,1,1,01,05,44,017,30"] if n % 5 == 0 else [])) for n in range(11)]
    found = observed(*epochs).settings()
    assert found["period_ms"] == 200
    assert (found["rmc"], found["gga"], found["gsv"], found["vtg"]) == (1, 1, 5, 0)


def test_constellations_are_seen_only_where_satellites_are() -> None:
    gsa = "GNGSA,A,3,{},,,,,,,,,,,,2.0,1.4,1.5,{}"
    epochs = [
        epoch(n, "GBGSV,1,1,01,05,44,017,30", "GLGSV,1,1,00", gsa.format("05", 1), gsa.format("", 3))
        for n in range(4)
    ]
    found = observed(*epochs).settings()
    assert (found.get("gps"), found.get("beidou")) == (1, 1)
    assert not {"galileo", "glonass"} & set(found)  # on or off, nothing of them is heard


def test_without_a_time_the_arrival_counts() -> None:
    lines = ["GPRMC,,V,,,,,,,,,,N", "GPGGA,,,,,,0,,,,,,,,"]
    found = observed(*[lines] * 6, period_ms=500).settings()
    assert (found["period_ms"], found["rmc"], found["gga"], found["gll"]) == (500, 1, 1, 0)


def test_a_few_sentences_tell_nothing() -> None:
    assert observed(epoch(0), epoch(1)).settings() == {}


def test_what_it_says_of_itself_is_kept_and_bounded() -> None:
    seen = observed([f"GNTXT,01,01,02,line {n}" for n in range(100)], ["PMTK011,MTKGPS"])
    assert len(seen.lines) == 64
    assert seen.lines[-2:] == ["GNTXT,01,01,02,line 99", "PMTK011,MTKGPS"]
