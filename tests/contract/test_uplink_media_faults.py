"""Pictures over bad lines: cut, slow, refused, restarted in the middle."""

import pytest

from agent.platform.subscriber import Platform
from drivers.sim.link import Link
from tests.contract.pictures import ALL, VEHICLE, Listening, content, take

SIZE, CHUNKS = 400_000, 25


@pytest.fixture
def link(broker):
    link = Link(broker.port).start()
    yield link
    link.stop()


def address(link):
    return f"mqtt://127.0.0.1:{link.port}"


def test_a_cut_line_costs_only_what_was_in_flight(rig, album, city, link, broker, until):
    link.slow(200_000)
    name, _ = take(rig, "load-1", content(SIZE))
    rig.start(rig.sink(address(link), **ALL))
    for share in (1, 2, 3):
        until(lambda share=share: len(city.chunks.get(name, ())) >= CHUNKS * share // 4)
        link.cut()
        until(lambda: not rig.status.connected)
        link.mend()
        link.slow(200_000)
    assert city.verified(name)
    until(rig.drained)
    # amqtt forgets what it has acknowledged and not yet passed on when the sender's line ends.
    assert rig.status.published - len(city.manifests) <= CHUNKS + 3 * 4
    assert len(city.manifests) <= 4
    assert rig.status.pictures.sent == 1


def test_a_restart_goes_on_where_it_was(rig, album, city, link, broker, until):
    link.slow(200_000)
    name, _ = take(rig, "load-1", content(SIZE))
    rig.start(rig.sink(address(link), **ALL))
    until(lambda: len(city.chunks.get(name, ())) >= CHUNKS // 2)
    rig.stop()
    sent = rig.status.published
    rig.reopen()
    assert "media/city/chunks/" + name in rig.journal.notes.under("")
    rig.start(rig.sink(address(link), **ALL))
    assert city.verified(name)
    until(rig.drained)
    assert sent + rig.status.published <= CHUNKS + 2 + 4
    assert rig.journal.notes.under("media/") == {}


def test_another_size_of_chunk_begins_anew(rig, album, city, link, broker, until):
    link.slow(200_000)
    name, _ = take(rig, "load-1", content(SIZE))
    rig.start(rig.sink(address(link), **ALL))
    until(lambda: len(city.chunks.get(name, ())) >= CHUNKS // 2)
    rig.stop()
    rig.start(rig.sink(broker.url, chunk_bytes=65536, **ALL))
    assert city.verified(name)
    assert [m["chunkbytes"] for m in city.manifests] == [16384, 65536]


def test_an_event_and_a_live_fix_overtake_a_picture_on_a_slow_line(rig, album, city, link, broker, until):
    link.slow(60_000)
    name, _ = take(rig, "load-1", content(SIZE))
    rig.start(rig.sink(address(link), **ALL))
    until(lambda: len(city.chunks.get(name, ())) >= 3)
    before = len(city.chunks[name])
    rig.uplink.live(b'{"lat":1.5}')
    rig.append("event")
    until(lambda: "event" in city.topics and "track/live" in city.topics)
    at = max(city.topics.index("event"), city.topics.index("track/live"))
    overtaken = sum(topic.startswith("media/") for topic in city.topics[:at])
    assert overtaken <= before + 4
    assert overtaken < CHUNKS
    link.slow(10**8)
    assert city.verified(name)


def test_nobody_who_listens_gets_no_pictures_and_loses_none(rig, album, mosquitto, until):
    broker = mosquitto()
    name, _ = take(rig, "load-1", content(50_000))
    rig.append("health", 3)
    rig.start(rig.sink(broker.url, **ALL))
    until(lambda: "media" in rig.status.refusals and rig.journal.backlog("city")["health"] == 0)
    assert rig.status.refusals["media"] == "refused: nobody subscribes to the topic"
    with Platform(broker.port) as platform:
        assert platform.wait_for(lambda v: VEHICLE in v and name in v[VEHICLE].pictures.verified, 40)
        until(rig.drained)


def test_chunks_keep_to_the_broker_s_packet_size(rig, album, mosquitto, until):
    broker = mosquitto("max_packet_size 3000")
    with Listening(broker.port) as city:
        name, _ = take(rig, "load-1", content(20_000))
        rig.start(rig.sink(broker.url, **ALL))
        assert city.verified(name)
        assert city.manifests[0]["chunkbytes"] < 3000
    assert rig.status.connects == 1
    assert rig.skipped == []


def test_topics_that_the_acl_refuses_hold_up_only_pictures(rig, album, mosquitto, tmp_path, until):
    acl = tmp_path / "acl"
    acl.write_text(
        "topic readwrite haulwatch/v1/muck/truck-1/state\ntopic write haulwatch/v1/muck/truck-1/media\n"
        "topic write haulwatch/v1/muck/truck-1/event\ntopic read haulwatch/#\n"
    )
    broker = mosquitto(f"acl_file {acl}")
    with Listening(broker.port) as city:
        take(rig, "load-1", content(20_000))
        rig.start(rig.sink(broker.url, **ALL))
        until(lambda: rig.status.refusals == {"media": "refused: not authorized"})
        rig.append("event", 3)
        assert city.platform.wait_for(lambda v: v[VEHICLE].seqs.get("event") == {1, 2, 3}, 40)
        assert rig.journal.backlog("city")["media"] == 1
