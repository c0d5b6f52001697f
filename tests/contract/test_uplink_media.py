"""Pictures over real brokers: manifest, chunks, what policy leaves out, what is missing or asked for."""

from tests.contract.pictures import ALL, VEHICLE, content, lies, take


def test_a_picture_arrives_whole_behind_its_manifest(rig, album, city, broker, until):
    original, overlay = content(100_000), content(20_001, 2)
    names = take(rig, "load-1", original, overlay)
    rig.start(rig.sink(broker.url, **ALL))
    assert city.verified(*names)
    until(rig.drained)
    (manifest,) = city.manifests
    assert (manifest["type"], manifest["seq"], manifest["chunkbytes"]) == ("picture.taken", 1, 16384)
    assert manifest["files"] == [
        {"kind": "overlay", "sha256": names[1], "bytes": 20_001, "chunks": 2},
        {"kind": "original", "sha256": names[0], "bytes": 100_000, "chunks": 7},
    ]
    assert city.topics.index("media") < min(city.topics.index(t) for t in city.topics if "/" in t)
    assert [size for _, size in sorted(city.chunks[names[0]])] == [16384] * 6 + [1696]
    assert city.pictures.verified[names[0]].content == original
    assert city.pictures.verified[names[1]].content == overlay
    assert rig.journal.notes.under("media/") == {}
    assert rig.status.pictures.sent == 2


def test_everything_else_goes_before_pictures(rig, album, city, broker, until):
    names = take(rig, "load-1", content(200_000))
    rig.append("health", 50)
    rig.append("track", 60)
    rig.append("event", 50)
    rig.start(rig.sink(broker.url, window=1, track_every_s=0.01, **ALL))
    assert city.verified(names[0])
    assert max(i for i, t in enumerate(city.topics) if t in ("event", "health", "track")) < min(
        i for i, t in enumerate(city.topics) if t.startswith("media")
    )


def test_only_what_may_leave_and_what_policy_sends_goes(rig, album, city, broker, until):
    _, copy = take(rig, "load-1", content(30_000), content(10_000, 2))
    _, cab = take(rig, "load-2", content(30_000, 3), content(9_000, 4), group="cab")
    take(rig, "snapshot-3", content(30_000, 5), None, group="snapshot")
    rig.start(rig.sink(broker.url))
    assert city.verified(copy, cab)
    until(rig.drained)
    until(lambda: len(city.manifests) == 3)
    assert city.chunks.keys() == {copy, cab}
    assert [len(m["files"]) for m in city.manifests] == [1, 1, 0]
    rig.stop()
    take(rig, "load-4", content(5_000, 6), content(5_000, 7))
    take(rig, "load-5", content(5_000, 8), content(5_000, 9), group="cab")
    rig.start(rig.sink(broker.url, media="none"))
    until(rig.drained)
    assert city.platform.wait_for(lambda v: len(v[VEHICLE].seqs["media"]) == 5, 40)
    assert [m["files"] for m in city.manifests[-2:]] == [[], []]
    rig.stop()
    original, _ = take(rig, "load-6", content(5_000, 10), content(5_000, 11), group="cab")
    rig.start(rig.sink(broker.url, media="all"))
    until(rig.drained)
    assert city.platform.wait_for(lambda v: len(v[VEHICLE].seqs["media"]) == 6, 40)
    assert original not in city.chunks


def test_an_unmetered_link_has_a_policy_of_its_own(rig, album, city, broker, until):
    names = take(rig, "load-1", content(30_000), content(10_000, 2))
    rig.start(rig.sink(broker.url, media="none", unmetered=("eth7", "lo")))
    assert city.verified(*names)
    assert rig.status.metered is False
    rig.stop()
    take(rig, "load-2", content(30_000, 3), content(10_000, 4))
    rig.start(rig.sink(broker.url, media="none", unmetered=("eth7",)))
    until(rig.drained)
    assert rig.status.metered is True
    assert city.platform.wait_for(lambda v: len(v[VEHICLE].seqs["media"]) == 2, 40)
    assert city.chunks.keys() == set(names)


def test_a_file_that_is_gone_damaged_or_unreadable_is_told_and_holds_up_nothing(
    rig, album, city, broker, until
):
    gone, _ = take(rig, "load-1", content(30_000))
    damaged, _ = take(rig, "load-2", content(30_000, 2))
    folder, _ = take(rig, "load-3", content(30_000, 3))
    fine, _ = take(rig, "load-4", content(30_000, 4))
    lies(rig, "load-1", gone).unlink()
    raw = bytearray(lies(rig, "load-2", damaged).read_bytes())
    raw[20_000] ^= 1
    lies(rig, "load-2", damaged).write_bytes(raw)
    lies(rig, "load-3", folder).unlink()
    lies(rig, "load-3", folder).mkdir()
    rig.start(rig.sink(broker.url, **ALL))
    assert city.verified(fine)
    until(rig.drained)
    assert city.platform.wait_for(lambda v: len(v[VEHICLE].pictures.unsent) == 3, 40)
    assert city.pictures.unsent == {gone: "gone", damaged: "damaged", folder: "unreadable"}
    assert city.chunks.keys() == {fine}
    assert city.pictures.missing == []
    assert len(rig.unsent) == 3
    assert rig.status.pictures.unsent == 3


def test_a_manifest_is_settled_only_when_the_journal_says_what_never_comes(rig, album, city, broker, until):
    gone, _ = take(rig, "load-1", content(30_000))
    lies(rig, "load-1", gone).unlink()
    put, rig._put = rig._put, rig.links.append  # the agent is too busy to write it down
    rig.start(rig.sink(broker.url, **ALL))
    until(lambda: len(rig.links) == 2)
    rig.append("event")
    assert city.platform.wait_for(lambda v: VEHICLE in v and v[VEHICLE].seqs.get("event") == {1}, 40)
    assert rig.journal.backlog("city")["media"] == 1
    rig.stop()
    rig._put = put
    rig.start(rig.sink(broker.url, **ALL))
    until(rig.drained)


def test_a_picture_that_policy_left_out_can_be_asked_for_even_over_a_restart(rig, album, city, broker, until):
    original, copy = take(rig, "load-1", content(60_000), content(10_000, 2))
    cab, _ = take(rig, "load-2", content(30_000, 3), content(9_000, 4), group="cab")
    rig.start(rig.sink(broker.url))
    assert city.verified(copy)
    until(rig.drained)
    assert rig.uplink.send_media(original) is None
    assert city.verified(original)
    assert city.manifests[-1]["files"] == [
        {"kind": "original", "sha256": original, "bytes": 60_000, "chunks": 4}
    ]
    assert rig.uplink.send_media(cab) == "not_allowed"
    assert rig.uplink.send_media("0" * 64) == "unknown"
    until(lambda: rig.journal.notes.under("media/") == {})
    rig.stop()
    assert rig.uplink.send_media(original) is None  # while nothing is connected
    rig.reopen()
    before = len(city.chunks[original])
    rig.start(rig.sink(broker.url))
    until(lambda: len(city.chunks[original]) == before + 4)
    until(lambda: rig.journal.notes.under("media/") == {})
    lies(rig, "load-1", original).unlink()
    assert rig.uplink.send_media(original) == "gone"


def test_pictures_of_violations_go_before_older_ones(rig, album, city, broker, until):
    first, _ = take(rig, "load-1", content(5_000, 1))
    second, _ = take(rig, "load-2", content(5_000, 2))
    third, _ = take(rig, "load-3", content(5_000, 3), grave=True)
    rig.start(rig.sink(broker.url, window=1, **ALL))
    assert city.verified(first, second, third)
    assert list(city.chunks) == [third, first, second]
    assert city.manifests[0]["severity"] == "violation"


def test_records_that_are_no_pictures_go_as_they_are(rig, album, city, broker, until):
    rig.append("media", 2)
    rig.start(rig.sink(broker.url))
    until(rig.drained)
    assert city.platform.wait_for(lambda v: VEHICLE in v and v[VEHICLE].seqs.get("media") == {1, 2}, 40)
    assert not any("chunkbytes" in manifest for manifest in city.manifests)


def test_without_a_folder_of_pictures_their_records_wait(rig, city, broker, until):
    rig.append("media")
    rig.append("event")
    rig.start(rig.sink(broker.url))
    assert city.platform.wait_for(lambda v: VEHICLE in v and v[VEHICLE].seqs.get("event") == {1}, 40)
    assert rig.journal.backlog("city")["media"] == 1
    assert rig.uplink.send_media("0" * 64) == "unknown"
