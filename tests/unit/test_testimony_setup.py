"""What receivers are known to say of their antenna and of jamming, by the shipped profiles."""

import pytest

from agent.config import Gnss
from agent.testimony_setup import phrases_of, witness_of
from drivers.gnss.testimony.line import LineWitness
from drivers.profiles import gnss_profile, profile_names

GENERIC = "generic-nmea"
SAID = {
    "ok": ["GNTXT,01,01,02,ANTSTATUS=OK", "GPTXT,01,01,01,ANTENNA OK", "GNTXT,01,01,01,ANT_OK", "PGTOP,11,3"],
    "open": ["GPTXT,01,01,02,ANTSTATUS=OPEN", "GPTXT,01,01,01,ANTENNA OPEN", "PQTMANTENNASTATUS,3,2,1,1"],
    "short": ["GNTXT,01,01,02,ANTSTATUS=SHORT", "GNTXT,01,01,01,ANTENNA SHORT", "PGTOP,11,1", "PCD,11,3"],
}


def heard(profile, *lines):
    line = LineWitness(phrases_of(gnss_profile(profile)))
    line.hear(lines, 1)
    return line


@pytest.mark.parametrize(("state", "line"), [(s, line) for s, lines in SAID.items() for line in lines])
def test_words_for_the_antenna_without_a_profile(state, line):
    assert heard(GENERIC, line).antenna == state


@pytest.mark.parametrize(
    "line",
    ["GNTXT,01,01,02,ANTSUPERV=AC SD PDoS SR", "GPTXT,01,01,02,ANTSTATUS=DONTKNOW", "PGTOP,12,1", "PUBX,00"],
)
def test_words_that_say_nothing_of_it(line):
    assert heard(GENERIC, line).antenna is None


@pytest.mark.parametrize(
    ("line", "jammed"),
    [("PMTKSPF,3", True), ("PMTKSPF,2", False), ("PAIRSPF,3", True), ("PQTMJAMMINGSTATUS,1,3", True)],
)
def test_words_for_jamming_without_a_profile(line, jammed):
    assert bool(heard(GENERIC, line).jamming(1)) == jammed


@pytest.mark.parametrize("name", profile_names("gnss"))
def test_every_shipped_profile_makes_a_witness(name):
    assert witness_of(Gnss("/dev/gnss", profile=name)) is not None


@pytest.mark.parametrize("name", profile_names("gnss"))
def test_what_the_simulator_says_of_the_antenna_is_understood(name):
    spoken = gnss_profile(name).speaks.antenna
    for state in ("ok", "open", "short"):
        for template in getattr(spoken, state):
            assert heard(name, template.partition(" ")[2]).antenna == state, template


def test_a_recording_at_another_pace_has_no_witness():
    assert witness_of(Gnss("file:/x?rate=10")) is None
    assert witness_of(Gnss("file:/x")) is not None
