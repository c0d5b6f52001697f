"""Each step is well on a sound unit, and finds the real fault on one that is not."""

import shutil
import socket
import sqlite3

import pytest

from agent.commission.bench import Hands
from agent.commission.measure import evidence, identity
from agent.commission.state import STEPS, Shot
from agent.commission.words import Words
from agent.doctor.registry import CHECKS
from agent.errors import EvidenceError
from agent.evidence.pem import pem_of
from agent.trust.keys import new_key
from agent.vision.teaching import Teaching
from drivers.camera.jpeg import decode
from drivers.sim.picture_book import PictureBook
from tests.doctor.unit import permits, write, zones

pytestmark = pytest.mark.hil


def bad(measured):
    """What is to be repaired or looked after, by code."""
    for lang in ("zh", "en"):  # each can be said
        words = Words(lang)
        assert all(words.what(f) and words.remedy(f) for f in measured.bad)
        assert all("".join(words.figure(f)) for f in measured.figures)
    return {(f.code, f.level) for f in measured.bad}


def named(measured):
    return {(f.name, f.of): f.value for f in measured.figures}


def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_sound_unit_has_nothing_but_what_only_a_person_and_the_service_can_add(site):
    camera = site.camera
    bench = site.bench()
    found = {name: site.look(name, bench) for name in STEPS}
    assert {name: bad(m) for name, m in found.items() if m.bad} == {
        "teaching": {("commission.untaught", "warn")},
        "evidence": {("unit.daemon", "fail")},
    }
    assert named(found["identity"])["trusts", ""] == "city"
    assert named(found["receiver"])["profile", ""] == "generic-nmea"
    assert len(found["sky"].sky) > 15
    assert named(found["cameras"])["size", "bed"] == "640x480"
    assert [(s.camera, s.what) for s in found["roi"].shots] == [("bed", "corners")]
    assert named(found["teaching"])["verdict", "bed"] == "covered"
    assert named(found["papers"])["zones", ""] == "1 loading"
    assert named(found["platform"])["trip", "city"] > 0
    assert named(found["evidence"])["signed", ""] == "holds"
    assert camera["name"] == "bed"


def test_every_check_of_the_self_test_is_in_a_step():
    groups = {check.group for check in CHECKS}
    named_whole = {"receiver", "antenna", "camera", "roi", "model", "switch", "warning", "zones", "permits"}
    named_whole |= {"link", "cert", "platform", "journal", "storage"}
    codes = {c for c in identity.CHECKS if "." in c} | {"unit.daemon"}
    assert groups - named_whole - set(identity.CHECKS) == {"unit"}
    assert {check.code for check in CHECKS if check.group == "unit"} == codes


def test_identity_names_a_key_whose_halves_do_not_fit(site):
    shutil.copy(site.state / "device.key.pub", site.folder / "right.pub")
    write(site.state / "device.key.pub", pem_of(new_key().public.key).decode())
    assert bad(site.look("identity")) == {("keys.device", "fail")}
    shutil.copy(site.folder / "right.pub", site.state / "device.key.pub")
    site.tables["unit"] = {"fleet": "example-fleet", "vehicle": "truck-001"}
    assert bad(site.look("identity")) == {("unit.name", "warn")}


def test_identity_makes_the_key_that_is_not_there_yet(site):
    for half in ("device.key", "device.key.pub"):
        (site.state / half).unlink()
    found = site.look("identity")
    assert bad(found) == set()
    assert named(found)["fingerprint", ""]
    assert (site.state / "device.key").stat().st_mode & 0o077 == 0


def test_receiver_without_a_port(site):
    site.tables["gnss"]["source"] = "/dev/no-such-port"
    assert bad(site.look("receiver")) == {("receiver.port", "fail")}
    assert bad(site.look("sky")) == set()  # the receiver's fault is named there alone


def test_sky_with_an_open_antenna_and_with_a_poor_view(site, devices):
    receiver = devices.receives(site.folder / "gnss")
    site.tables["gnss"]["source"] = str(site.folder / "gnss")
    receiver.inject("antenna_open", None)
    assert ("antenna.open", "fail") in bad(site.look("sky"))
    receiver.clear("antenna_open")
    receiver.inject("jam", None, db=9.0, ramp=0.0)
    found = site.look("sky")
    assert bad(found) == {("commission.sky", "warn")}
    assert "dB-Hz" in found.bad[0].facts["why"]


def test_cameras_without_a_picture(site):
    site.camera["source"] = f"http://127.0.0.1:{closed_port()}/"
    found = site.look("cameras")
    assert bad(found) == {("camera.picture", "fail")}
    assert found.shots == ()
    assert bad(site.look("roi")) == {("commission.picture", "fail")}  # there nothing else would say so


def test_corners_that_are_missing_and_a_reference_that_is_not_there(site):
    site.camera["roi"] = []
    assert bad(site.look("roi")) == {("roi.body", "warn")}
    site.camera["roi"] = [[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.9]]
    site.tables["vision"]["references"] = site.folder / "none"
    assert {code for code, _ in bad(site.look("roi"))} == {"roi.shape", "roi.reference"}


def test_teaching_of_a_part_and_a_model_that_is_none(site):
    picture = decode(PictureBook.shipped().view("empty"))
    Teaching(site.folder / "teaching").keep("bed", "empty", picture, site.camera["roi"])
    assert bad(site.look("teaching")) == {("model.teaching", "warn")}
    site.tables["vision"]["model"] = write(site.folder / "model.json", "{}")
    assert ("model.file", "fail") in bad(site.look("teaching"))


def hands(moves, told):
    """A person who makes these moves, one a look, and then has enough."""
    left = iter(moves)

    def enough(_: float) -> bool:
        move = next(left, None)
        if move:
            write(*move)
        return move is None

    return Hands(lambda role, on: told.append((role, on)), enough)


def test_switches_are_read_alone_and_moved_by_hands(site):
    bench, told = site.bench(), []
    assert named(site.look("switches", bench)) == {("switch", "lift"): "off"}
    bench.hands = hands([], told)
    assert bad(site.look("switches", bench)) == {("commission.unmoved", "fail")}
    bench.hands = hands([(site.folder / "lift", "1"), (site.folder / "lift", "1")], told)
    assert named(site.look("switches", bench)) == {("switch", "lift"): "both"}
    assert told == [("lift", True)]
    write(site.folder / "lift", "7")
    bench.look_again()
    assert bad(site.look("switches", bench)) == {("switch.lost", "fail")}
    site.tables["switches"] = []
    assert named(site.look("switches")) == {("switch", ""): "none"}


def test_papers_that_are_over_and_of_another_system(site):
    from datetime import timedelta

    site.tables["permits"]["file"] = write(site.folder / "p.json", permits(left=timedelta(hours=-1)))
    assert ("permits.valid", "fail") in bad(site.look("papers")) | {("permits.valid", "fail")}
    assert {code for code, _ in bad(site.look("papers"))} == {"permits.valid"}
    site.tables["zones"]["file"] = write(site.folder / "z.geojson", zones(coordinate_system=None))
    assert "zones.crs" in {code for code, _ in bad(site.look("papers"))}


def test_a_platform_that_is_not_there(site):
    site.tables["sinks"][0]["url"] = f"mqtt://127.0.0.1:{closed_port()}"
    found = site.look("platform")
    assert bad(found) == {("link.broker", "fail")}  # once, not by the trial too
    assert found.figures == ()


def test_evidence_of_a_key_that_does_not_sign(site):
    sound = {("unit.daemon", "fail")}
    assert bad(site.look("evidence")) == sound
    write(site.state / "device.key", "no key")
    assert bad(site.look("evidence")) - sound == {("commission.sign", "fail")}


def test_a_chain_that_was_rewritten(site):
    bench = site.bench()
    assert named(site.look("evidence", bench))["chain", ""] == "unbroken"
    with sqlite3.connect(site.state / "journal.db") as db:
        db.execute("UPDATE record SET hash = zeroblob(32) WHERE type = 'a'")
    _, wrong = evidence._chain(bench)
    assert [f.code for f in wrong] == ["commission.chain"]


def test_two_at_a_time_are_refused_and_a_state_that_is_none_begins_anew(site):
    first, second = site.bench(), site.bench()
    with first.store.held():
        with pytest.raises(EvidenceError, match="another commissioning is under way"), second.store.held():
            pass
        write(first.store.folder / "state.json", "{half")
        assert first.store.load(first.vehicle).steps == {}
        assert (first.store.folder / "state.unreadable").exists()


def test_what_no_step_shows_goes_and_originals_go_with_the_sheet(site):
    import msgspec

    from agent.commission.state import Done, Measured, Run

    store = site.bench().store
    with store.held():
        kept = store.keep_picture(b"for the sheet")
        local = store.show("bed", "view", b"as it is")
        store.keep_picture(b"of a step that was done again")
        shot = Shot("bed", "view", kept, 13)
        run = Run("hil/truck-1", steps={"cameras": Done("ok", "i", measured=Measured(shots=(shot,)))})
        store.save(run)
        assert {f.name for f in local.parent.iterdir()} == {f"{kept}.jpg", "bed-view.jpg"}
        store.save(msgspec.structs.replace(run, sheet="ab" * 32))
        assert {f.name for f in local.parent.iterdir()} == {f"{kept}.jpg"}
