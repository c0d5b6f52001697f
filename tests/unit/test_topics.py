"""Topics and the source of a vehicle."""

import pytest

from agent.config import Topics, Unit
from agent.uplink.topics import BACKLOG, addresses, source

UNIT = Unit("muck", "truck-1")


def test_the_default_topics_are_those_of_the_contract():
    found = addresses(Topics(), UNIT)
    assert found.state == "haulwatch/v1/muck/truck-1/state"
    assert found.live == "haulwatch/v1/muck/truck-1/track/live"
    assert found.streams == {s: f"haulwatch/v1/muck/truck-1/{s}" for s in BACKLOG}


def test_streams_go_by_priority_and_pictures_go_last():
    assert BACKLOG == ("life", "event", "trip", "coverage", "health", "track", "media")


@pytest.mark.parametrize("stream", BACKLOG)
def test_a_city_s_own_names_fit(stream):
    template = f"sz/{{vehicle}}/up/{stream}/{{fleet}}"
    found = addresses(Topics(**{stream: template}), UNIT)
    assert found.streams[stream] == f"sz/truck-1/up/{stream}/muck"


def test_a_chunk_s_topic_names_file_and_index():
    found = addresses(Topics(), UNIT)
    topic = found.chunk.format(sha256="ab" * 32, index=7)
    assert topic == f"haulwatch/v1/muck/truck-1/media/{'ab' * 32}/7"
    assert topic.count("/") <= 7


def test_the_source_names_fleet_and_vehicle():
    assert source(UNIT) == "haulwatch/muck/truck-1"


@pytest.mark.parametrize(
    ("template", "topic", "named"),
    [
        (Topics().command, "haulwatch/v1/muck/truck-1/cmd/ping/p-1", ("ping", "p-1")),
        (Topics().command, "haulwatch/v1/muck/truck-1/cmd/ping/p-1/reply", None),
        (Topics().command, "haulwatch/v1/muck/truck-2/cmd/ping/p-1", None),
        (Topics().command, "haulwatch/v1/muck/truck-1/cmd/ping", None),
        ("sz/{fleet}.{vehicle}/{id}/do/{name}", "sz/muck.truck-1/7/do/ping", ("ping", "7")),
        ("sz/{fleet}.{vehicle}/{id}/do/{name}", "sz/muckXtruck-1/7/do/ping", None),
    ],
)
def test_a_command_is_told_by_its_topic(template, topic, named):
    assert addresses(Topics(command=template), UNIT).named(topic) == named


def test_commands_are_subscribed_to_and_answered_by_name_and_id():
    found = addresses(Topics(), UNIT)
    assert found.commands == "haulwatch/v1/muck/truck-1/cmd/+/+"
    assert found.reply("ping", "p-1") == "haulwatch/v1/muck/truck-1/cmd/ping/p-1/reply"
    assert (found.config, found.reported) == (
        "haulwatch/v1/muck/truck-1/config",
        "haulwatch/v1/muck/truck-1/config/reported",
    )
