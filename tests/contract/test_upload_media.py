"""`upload_media` with an address: a signed command has a picture put to the platform's store over TLS."""

import hashlib
import os

import pytest
import rfc8785

from agent.config_budget import Budget
from agent.pictures.files import path_of
from agent.platform.subscriber import Platform
from buffer.records import Entry
from drivers.sim.broker import free_port
from tests.contract.command_desk import Asker, signed, trust_key
from tests.contract.test_put import Store
from tests.contract.test_uplink_tls import Authority

CONTENT = os.urandom(200_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
OTHER = hashlib.sha256(b"original").hexdigest()


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path, "authority")


@pytest.fixture
def store(authority):
    made = Store(*authority.issue("store", host="localhost"), resumes=True)
    yield made
    made.close()


@pytest.fixture
def picture(desk):
    """A picture of the unit whose copy may leave; where the copy lies."""
    root = desk.rig.path.parent / "pictures"
    path = path_of(root, "event", "uncovered-1", SHA256, "overlay")
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    size = {"width": 640, "height": 480}
    told = {
        "why": "uncovered_load.started",
        "group": "event",
        "original": {"sha256": OTHER, "bytes": 8, **size},
        "overlay": {"sha256": SHA256, "bytes": len(CONTENT), **size},
        "may_leave": {"original": False, "overlay": True},
    }
    record = Entry("media", "picture.taken", "uncovered-1", rfc8785.dumps(told), 1, None, "unsynced")
    desk.journal.append([record])
    return path


@pytest.fixture
def asked(mosquitto, desk, until, authority, store, picture):
    """Asks for a file and gives the last reply."""
    trust_key(desk)
    certificate, key = authority.issue("broker", host="127.0.0.1")
    port = free_port()
    tls = (f"cafile {authority.file}", f"certfile {certificate}", f"keyfile {key}")
    broker = mosquitto(f"listener {port} 127.0.0.1", *tls)
    with Platform(broker.port) as listener:
        desk.open(desk.sink(f"mqtts://127.0.0.1:{port}", ca_file=authority.file))
        until(lambda: desk.status.listening)
        city = Asker(listener)

        def ask(sha256, url=store.address):
            args = {"sha256": sha256} | ({"url": url} if url else {})
            city.ask("upload_media", "c-1", signed("upload_media", "c-1", args=args))
            until(
                lambda: bool(city.of("c-1")) and city.of("c-1")[-1]["state"] in ("done", "failed", "rejected")
            )
            return city.of("c-1")[-1]

        yield ask


def test_the_file_is_at_the_address(asked, store, picture):
    told = asked(SHA256)
    assert (told["state"], told["result"]["bytes"]) == ("done", len(CONTENT))
    assert store.holds(picture)


def test_its_bytes_count_in_the_months_budget(asked, desk, store, until):
    desk.rig.uplink.spending.scheduler._budget = Budget(month_bytes=1_000_000)
    assert asked(SHA256)["state"] == "done"
    until(lambda: desk.rig.uplink.spending.scheduler.spent.bytes > len(CONTENT))


def test_a_month_that_is_nearly_spent_pays_for_no_upload(asked, desk, store):
    desk.rig.uplink.spending.scheduler._budget = Budget(month_bytes=1000)
    told = asked(SHA256)
    assert (told["state"], told["reason"]) == ("failed", "budget_spent")
    assert store.requests == []


def test_a_cut_upload_goes_on(asked, store, picture):
    store.misdeeds = [store.cut_after(100_000)]
    assert asked(SHA256)["state"] == "done"
    assert store.holds(picture)


@pytest.mark.parametrize(("sha256", "word"), [(OTHER, "not_allowed"), ("0" * 64, "unknown")])
def test_what_may_not_leave_stays(asked, store, sha256, word):
    told = asked(sha256)
    assert (told["state"], told["reason"]) == ("failed", word)
    assert store.requests == []


def test_a_damaged_file_is_not_passed_for_the_picture(asked, store, picture):
    picture.write_bytes(CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]))
    assert asked(SHA256)["reason"] == "damaged"
    assert store.requests == []


def test_a_store_that_says_no_is_quoted(asked, store):
    store.misdeeds = [lambda store, asked: (asked.rfile.read(len(CONTENT)), store.say(asked, 403))[1]]
    told = asked(SHA256)
    assert (told["reason"], told["detail"]) == ("upload_failed", "the server answered 403")


def test_an_address_without_tls_is_refused(asked, store):
    told = asked(SHA256, store.address.replace("https", "http"))
    assert (told["state"], told["reason"]) == ("rejected", "bad_args")


def test_without_an_address_the_uplink_is_asked(asked, desk):
    assert asked(SHA256, None)["reason"] == "unknown"
    assert desk.wanted == [("city", SHA256)]
