"""What `haulwatch status` says of a receiver, for people."""

import msgspec
import pytest

from agent.cli.status import testimony as told
from drivers.readings import ReceiverHealth, Strength, Suspicion


def lines(**more):
    health = ReceiverHealth(0, "/dev/gnss", **({"connected": True} | more))
    return told(msgspec.to_builtins(health))


def test_a_receiver_that_says_all():
    said = lines(
        antenna="ok",
        antenna_inferred=True,
        rate_hz=9.98,
        checksum_error_rate=0.0123,
        strength={"gps": Strength(8, 41.4, 47.0), "beidou": Strength(11, 38.9, 45.0)},
        suspicions=(Suspicion("jamming", 0, "C/N0 of 9 satellites fell together by 12 dB"),),
    )
    assert said == [
        "antenna ok (concluded from the signals), 10.0 epochs/s, 1.2% of sentences damaged",
        "signals gps 8 x 41 dB-Hz, beidou 11 x 39 dB-Hz",
        "suspicion jamming: C/N0 of 9 satellites fell together by 12 dB",
    ]


def test_a_receiver_of_which_nothing_is_known():
    assert lines() == ["antenna unknown, - epochs/s, - of sentences damaged"]


@pytest.mark.parametrize("receiver", [None, {"connected": False}])
def test_a_receiver_that_is_away(receiver):
    assert told(receiver) == []
