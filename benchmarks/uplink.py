"""Draining the journal through the uplink to mosquitto until all is settled, against bare paho.

Bare paho publishes the same messages, made beforehand and held in memory, at the same window and broker;
ours reads, checks, wraps and settles each of them. Both run in turns. One JSON object per line.
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.config import Sink, Unit
from agent.uplink.envelope import Frame, message
from agent.uplink.sink import Uplink
from agent.uplink.topics import addresses, source
from buffer.journal import Journal
from buffer.ranges import RangeSet
from buffer.records import Entry
from drivers.clock import SystemClock
from drivers.sim.broker import MosquittoBroker, mosquitto_binary

PAYLOAD = b'{"text":"' + b"x" * 251 + b'"}'  # 262 bytes
UNIT = Unit("bench", "truck")
_QUEUED = 1000  # paho numbers messages with 16 bits, and forgets one of two that wait under one number
STREAM = "coverage"  # it settles without a subscriber, so that only the way to the broker is measured


def filled(path: Path, clock: SystemClock, count: int) -> Journal:
    """A journal with `count` records."""
    journal = Journal.open(path, clock.boot, max_bytes=2**31, min_free_bytes=0)
    now = clock.stamp()
    one = Entry(STREAM, "gap.ended", "gnss", PAYLOAD, now.mono_ns, now.utc_ns, now.origin)
    for begin in range(0, count, 1000):
        journal.append([one] * min(1000, count - begin))
    return journal


def drain(journal: Journal, clock: SystemClock, sink: Sink, count: int) -> float:
    """Seconds from starting the worker until all `count` records are settled on disk."""
    stop = threading.Event()
    uplink = Uplink(sink, UNIT, journal, clock, lambda _: None, lambda *_: None)
    worker = threading.Thread(target=uplink.run, args=(stop, lambda: None))
    began = time.perf_counter()
    worker.start()
    while uplink.status().acked < count:
        time.sleep(0.002)
    journal.commit()
    took = time.perf_counter() - began
    assert not any(journal.backlog(sink.name).values())
    stop.set()
    uplink.wake()
    worker.join()
    return took


def publish(messages: list[bytes], topic: str, sink: Sink) -> float:
    """Seconds until bare paho has a PUBACK for each message, connecting included."""
    acked, done = 0, threading.Event()
    room = threading.Semaphore(_QUEUED)

    def count(*_: object) -> None:
        nonlocal acked
        acked += 1
        room.release()
        if acked == len(messages):
            done.set()

    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.max_inflight_messages_set(sink.window)
    client.on_publish = count
    began = time.perf_counter()
    client.connect(sink.host, sink.port)
    client.loop_start()
    for payload in messages:
        room.acquire()
        client.publish(topic, payload, qos=1)
    done.wait()
    took = time.perf_counter() - began
    client.disconnect()
    client.loop_stop()
    return took


def main() -> None:
    """Print one figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="records to drain")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if not mosquitto_binary():
        sys.exit("mosquitto is not installed")
    clock, ratios = SystemClock(0), []
    with MosquittoBroker() as broker:
        sink = Sink("bench", broker.url)
        for _ in range(arguments.rounds):
            with tempfile.TemporaryDirectory() as folder:
                journal = filled(Path(folder) / "journal.db", clock, arguments.count)
                frame = Frame(source(UNIT), journal.generation, clock.boot, clock.mono_ns(), {})
                records = journal.window("none", STREAM, arguments.count, RangeSet())
                messages = [message(record, frame) for record in records]
                ours = drain(journal, clock, sink, arguments.count)
                journal.close()
            theirs = publish(messages, addresses(sink.topics, UNIT).streams[STREAM], sink)
            ratios.append(theirs / ours)
            print(
                f"ours {arguments.count / ours:.0f}/s, paho {arguments.count / theirs:.0f}/s", file=sys.stderr
            )
    figure = {"bench": "uplink.drain", "ratio": round(statistics.median(ratios), 3)}
    spread = {"min": round(min(ratios), 3), "max": round(max(ratios), 3)}
    print(json.dumps(figure | spread | {"against": "bare paho at the same window", "unit": "x"}))


if __name__ == "__main__":
    main()
