"""Commands of a platform on their way to a vehicle and back; the vehicle is a small one made for this."""

import json
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime

import msgspec
import pytest

from agent.config import Sink, Unit
from agent.messages.documents import PlainCommand, SignedCommand
from agent.platform.client import Client
from agent.platform.consumer import Consumer, Setup
from agent.trust.document import Refused
from agent.trust.keys import new_key, public_file, read_public
from agent.trust.store import TrustStore, trusted
from agent.uplink.access import read_access

VEHICLE = "muck/truck-1"
GENERATION = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
BOOT = "0f3c1d2e-6b1a-4c55-9d55-7f7a0a1b2c3d"


class SmallVehicle:
    """Answers commands as the contract has it: checks the signature, says accepted, then done."""

    def __init__(self, broker, store):
        self._store, self._seq = store, 0
        access = read_access(Sink("v", broker.url, client_id="vehicle"), Unit("p", "p"), None)
        self._client = Client(access, (f"haulwatch/v1/{VEHICLE}/cmd/+/+",), self._take, lasting=False)
        self._client.start()

    def stop(self):
        self._client.stop()

    def _take(self, delivery):
        *_, name, number = delivery.topic.split("/")
        reason = self._refusal(name, number, delivery.payload)
        states = ["rejected"] if reason else ["accepted", "running", "done"]
        for state in states:
            result = {"said": name} if state == "done" else None
            self._reply(delivery.topic, {"command": number, "name": name, "state": state, "reason": reason,
                                         "detail": None, "result": result, "repeated": False})  # fmt: skip

    def _refusal(self, name, number, payload):
        if name in ("ping", "get_status"):
            msgspec.json.decode(payload, type=PlainCommand)
            return None
        msgspec.json.decode(payload, type=SignedCommand)
        try:
            content = self._store.opened(payload, "command", VEHICLE, datetime.now(UTC))
        except Refused as e:
            return e.reason
        return None if (content.body["name"], content.body["id"]) == (name, number) else "bad_args"

    def _reply(self, topic, data):
        self._seq += 1
        body = {
            "specversion": "1.0",
            "id": f"{GENERATION}/life/{self._seq}",
            "source": f"haulwatch/{VEHICLE}",
        }
        body |= {"type": f"command.{data['state']}", "datacontenttype": "application/json", "boot": BOOT}
        body |= {"subject": f"command/city/{data['command']}", "generation": GENERATION, "stream": "life"}
        body |= {"seq": self._seq, "monons": 1, "clock": "ntp", "historical": False, "recordedtime": None}
        body |= {"severity": "info", "data": data | {"severity": "info"}}
        self._client.publish(f"{topic}/reply", json.dumps(body).encode())


@pytest.fixture
def key(tmp_path):
    new_key().write(tmp_path / "city.key")
    return tmp_path / "city.key"


@pytest.fixture
def vehicle(broker, key):
    public = read_public(public_file(key))
    small = SmallVehicle(broker, TrustStore().with_key(trusted(public, ("command",), "", datetime.now(UTC))))
    yield small
    small.stop()


def send(broker, *arguments):
    command = [sys.executable, "-m", "agent", "sim", "platform", "send", "--broker", broker.url, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_signed_command_is_done_and_the_consumer_keeps_its_course(broker, vehicle, key, tmp_path, until):
    db, stop = str(tmp_path / "p.db"), threading.Event()
    access = read_access(Sink("c", broker.url, client_id="consumer"), Unit("p", "p"), None)
    consumer = Consumer(access, Setup(db=db))
    consumer.start()
    thread = threading.Thread(target=consumer.run, args=(stop,))
    thread.start()
    arguments = ("snapshot", "--vehicle", VEHICLE, "--key", str(key), "--args", '{"camera": "bed"}', "--json")
    done = send(broker, *arguments)
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["state"] for r in replies] == ["accepted", "running", "done"], done.stderr
    assert done.returncode == 0
    with sqlite3.connect(db) as rows:
        query = "select vehicle, name, state, result from command"
        until(
            lambda: rows.execute(query).fetchall() == [(VEHICLE, "snapshot", "done", '{"said":"snapshot"}')]
        )
    stop.set()
    thread.join()
    invalid = consumer.store.db.execute("select reason from invalid").fetchall()
    consumer.close()
    assert invalid == []


def test_ping_needs_no_key(broker, vehicle):
    done = send(broker, "ping", "--vehicle", VEHICLE)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, 'done  {"said":"ping"}')


def test_a_refusal_is_a_finding(broker, vehicle, tmp_path):
    new_key().write(tmp_path / "stranger.key")
    done = send(broker, "rescan", "--vehicle", VEHICLE, "--key", str(tmp_path / "stranger.key"))
    assert (done.returncode, done.stdout) == (1, "rejected  unknown_key\n")


def test_without_an_answer_it_says_so(broker):
    done = send(broker, "ping", "--vehicle", "muck/nobody", "--timeout", "1s")
    assert done.returncode == 3
    assert "muck/nobody: does not answer" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("snapshot", "--vehicle", VEHICLE), "must be signed"),
        (("ping", "--vehicle", "truck-1"), "is no FLEET/VEHICLE"),
        (("ping", "--vehicle", VEHICLE, "--args", "[1]"), "no JSON object"),
        (("Ping!", "--vehicle", VEHICLE), "is no name of a command"),
    ],
)
def test_what_cannot_be_sent_is_a_usage_error(arguments, why):
    command = [sys.executable, "-m", "agent", "sim", "platform", "send", "--broker", "mqtt://127.0.0.1:1"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert why in done.stderr
