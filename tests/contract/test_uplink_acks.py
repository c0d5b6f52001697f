"""What each PUBACK means, in whatever order and however often it comes."""

import pytest

from agent.config import Unit
from agent.uplink.lane import Lane
from agent.uplink.media.lane import MediaLane
from agent.uplink.media.shelf import Shelf
from agent.uplink.topics import addresses
from tests.contract.pictures import ALL, content, take
from tests.contract.scripted import Scripted

SECOND = 1_000_000_000


@pytest.fixture
def scripted():
    started = []

    def start(answer):
        started.append(Scripted(answer))
        return started[-1]

    yield start
    for broker in started:
        broker.stop()


# MQTT 5.0, 3.4.2.1: all reason codes of a PUBACK, and what follows for the record.
@pytest.mark.parametrize(
    ("code", "stream", "what"),
    [
        (0x00, "event", "settled"),
        (0x10, "coverage", "settled"),
        (0x10, "event", "waits"),
        (0x80, "event", "waits"),
        (0x83, "event", "waits"),
        (0x87, "event", "waits"),
        (0x90, "event", "dead"),
        (0x91, "event", "waits"),
        (0x97, "event", "waits"),
        (0x99, "event", "dead"),
    ],
)
def test_each_reason_code_of_a_puback(rig, scripted, until, code, stream, what):
    refuse = [True]

    def answer(broker, topic, packet_id, _):
        broker.puback(packet_id, code if topic.endswith(stream) and refuse[0] else 0)

    broker = scripted(answer)
    rig.append(stream)
    rig.append("health", 3)
    rig.start(rig.sink(broker.url))
    until(lambda: rig.journal.backlog("city")["health"] == 0)  # others go on
    if what == "waits":
        until(lambda: rig.status.refused >= 2)  # it is tried again
        assert list(rig.status.refusals) == [stream]
        assert rig.journal.backlog("city")[stream] == 1
        refuse[0] = False
    until(rig.drained)
    assert rig.skipped == ([(stream, 1, 1, "dead")] if what == "dead" else [])
    assert rig.status.connects == 1
    assert rig.status.refusals == {}


def test_a_quota_slows_down_the_stream_it_is_of(rig, scripted, until):
    refused = []

    def answer(broker, topic, packet_id, _):
        quota = topic.endswith("event") and len(refused) < 60
        if quota:
            refused.append(packet_id)
        broker.puback(packet_id, 0x97 if quota else 0)

    broker = scripted(answer)
    rig.append("event", 500)
    rig.append("coverage", 100)
    rig.start(rig.sink(broker.url))
    until(rig.drained)
    order = [topic.rpartition("/")[2] for topic, _ in broker.published]
    assert order.count("event") == 560
    # After the first refusal a window of coverage goes, and not the rest of the events.
    assert order.index("coverage") <= 40
    assert order[: order.index("coverage")].count("event") <= 40


def test_acks_in_another_order_settle_what_they_name(rig, scripted, until):
    held = []

    def answer(broker, _topic, packet_id, _payload):
        held.append(packet_id)
        if len(held) == 20:
            while held:
                broker.puback(held.pop())  # the newest first

    broker = scripted(answer)
    rig.append("event", 100)
    rig.start(rig.sink(broker.url))
    until(rig.drained)
    assert (rig.status.published, rig.status.acked, rig.status.connects) == (100, 100, 1)


def test_acks_that_come_twice_or_name_nothing_change_nothing(rig, scripted, until):
    def answer(broker, _topic, packet_id, _payload):
        broker.puback(60_000)
        broker.puback(packet_id)
        broker.puback(packet_id)
        broker.puback(packet_id, 0x97)

    broker = scripted(answer)
    rig.append("event", 50)
    rig.start(rig.sink(broker.url))
    until(rig.drained)
    assert (rig.status.acked, rig.status.refused, rig.status.connects) == (50, 0, 1)
    assert [topic.rpartition("/")[2] for topic, _ in broker.published] == ["event"] * 50


def test_what_the_broker_hangs_up_on_as_too_large_is_dead_and_the_rest_goes_on(rig, scripted, until):
    def answer(broker, _topic, packet_id, payload):
        if b"poison" in payload:
            broker.disconnect(0x95)
        else:
            broker.puback(packet_id)

    broker = scripted(answer)
    rig.append("event", 3)
    rig.journal.append([rig.entry("event", b'{"text":"poison"}')])
    rig.append("event", 3)
    rig.append("coverage", 3)
    rig.start(rig.sink(broker.url))
    until(rig.drained)
    assert rig.skipped == [("event", 4, 4, "dead")]


def test_what_the_broker_hangs_up_on_without_a_word_waits_and_the_rest_goes_on(rig, scripted, until):
    good = [False]

    def answer(broker, _topic, packet_id, payload):
        if b"poison" in payload and not good[0]:
            broker.disconnect(0x80)
        else:
            broker.puback(packet_id)

    broker = scripted(answer)
    rig.append("coverage", 3)
    rig.journal.append([rig.entry("event", b'{"text":"poison"}')])
    rig.start(rig.sink(broker.url))
    until(lambda: rig.journal.backlog("city")["coverage"] == 0)
    assert rig.skipped == []
    good[0] = True
    until(rig.drained)


def test_a_chunk_that_the_broker_never_takes_is_told_as_unsent(rig, album, scripted, until):
    def answer(broker, topic, packet_id, _):
        broker.puback(packet_id, 0x99 if topic.endswith("/2") else 0)

    broker = scripted(answer)
    name, _ = take(rig, "load-1", content(60_000))
    other, _ = take(rig, "load-2", content(10_000, 2))
    rig.start(rig.sink(broker.url, **ALL))
    until(rig.drained)
    assert [(said.sha256, said.reason) for said in rig.unsent] == [(name, "refused")]
    assert any(other in topic for topic, _ in broker.published)
    assert rig.skipped == []


def test_a_manifest_that_the_broker_never_takes_is_dead(rig, album, scripted, until):
    def answer(broker, topic, packet_id, _):
        broker.puback(packet_id, 0x90 if topic.endswith("/media") else 0)

    broker = scripted(answer)
    take(rig, "load-1", content(60_000))
    rig.start(rig.sink(broker.url, **ALL))
    until(rig.drained)
    assert rig.skipped == [("media", 1, 1, "dead")]
    assert [topic.rpartition("/")[2] for topic, _ in broker.published] == ["media"]


def test_a_quota_on_chunks_holds_up_only_pictures(rig, album, scripted, until):
    refused = []

    def answer(broker, topic, packet_id, _):
        quota = "/media/" in topic and len(refused) < 3
        if quota:
            refused.append(topic)
        broker.puback(packet_id, 0x97 if quota else 0)

    broker = scripted(answer)
    take(rig, "load-1", content(60_000))
    rig.append("event", 3)
    rig.start(rig.sink(broker.url, **ALL))
    until(rig.drained)
    assert rig.status.pictures.sent == 1
    assert rig.skipped == []


def test_pictures_that_are_refused_rest_longer_each_time_and_begin_anew_on_another_link(rig, album):
    sink = rig.sink("mqtt://host", retry_first_s=1.0, retry_cap_s=60.0)
    where = addresses(sink.topics, Unit("fleet", "truck"))
    source = Lane(rig.journal, sink, "media", where, lambda *_: None)
    lane = MediaLane(source, rig.journal, sink, "{sha256}/{index}", Shelf(album), lambda _: None)
    now, rests = 0, []
    for _ in range(14):
        lane.pause(1, 1, now, "refused: quota exceeded")
        rests.append((lane.due(now) - now) // SECOND)
        now = lane.due(now)
    assert rests == [*(2**n for n in range(12)), 3600, 3600]
    lane.pause(1, 1, now, "refused: quota exceeded")
    lane.forget()
    assert lane.due(now) - now <= 60 * SECOND
    lane.settled()
    now = lane.due(now)
    lane.pause(1, 1, now, "refused: quota exceeded")
    assert lane.due(now) - now == SECOND
