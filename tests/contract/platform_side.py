"""What tests of the platform's side share: consumers in threads, and somebody who speaks for a vehicle."""

import json
import sqlite3
import threading

import pytest

from agent.config import Sink, Unit
from agent.platform.client import Client
from agent.platform.consumer import Consumer, Setup
from agent.platform.report import report_of
from agent.uplink.access import read_access

VEHICLE = "muck/truck-1"
GENERATION = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
BOOT = "0f3c1d2e-6b1a-4c55-9d55-7f7a0a1b2c3d"


def access(broker, name="haulwatch-platform"):
    return read_access(Sink("city", broker.url, client_id=name), Unit("p", "p"), None)


class Running:
    """A consumer in a thread of its own."""

    def __init__(self, broker, setup, name="haulwatch-platform"):
        self.setup = setup
        self.consumer = Consumer(access(broker, name), setup)
        self.consumer.start()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.consumer.run, args=(self._stop,))
        self._thread.start()

    def ask(self, query, *values):
        with sqlite3.connect(self.setup.db) as db:
            return db.execute(query, values).fetchall()

    def count(self, table, where="1"):
        return self.ask(f"select count(*) from {table} where {where}")[0][0]  # noqa: S608

    def stop(self):
        self._stop.set()
        self._thread.join()
        made = report_of(self.consumer.store.db)
        self.consumer.close()
        return made


@pytest.fixture
def consume(tmp_path):
    """Starts consumers; each is stopped at the end."""
    started = []

    def start(broker, name="haulwatch-platform", **setup):
        chosen = {"db": str(tmp_path / f"{name}.db"), "pictures": tmp_path / "pictures"} | setup
        started.append(Running(broker, Setup(**chosen), name))
        return started[-1]

    yield start
    for running in started:
        if not running._stop.is_set():
            running.stop()


@pytest.fixture
def say():
    """Publishes at QoS 1 to a broker."""
    clients = []

    def publish(broker, rest, payload, vehicle=VEHICLE):
        if not clients:
            clients.append(Client(access(broker, "sayer"), ("nothing",), lambda _: None, lasting=False))
            clients[0].start()
        payload = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        clients[0].publish(f"haulwatch/v1/{vehicle}/{rest}", payload)

    yield publish
    for client in clients:
        client.stop()


def message(seq, kind="device.changed", stream="health", **more):
    data = {"connected": True, "reason": None, "severity": "info"}
    body = {"specversion": "1.0", "id": f"{GENERATION}/{stream}/{seq}", "source": f"haulwatch/{VEHICLE}"}
    body |= {"type": kind, "datacontenttype": "application/json", "generation": GENERATION, "seq": seq}
    body |= {"stream": stream, "boot": BOOT, "monons": seq, "clock": "ntp", "historical": False}
    body |= {"recordedtime": "2026-03-01T12:00:00Z", "severity": "info", "data": data}
    return body | more
