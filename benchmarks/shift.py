"""Bytes on the air of a truck's shift of eight hours, by track policy and format, beside other protocols.

A fix a second, six trips with their stops, a health report a minute, events, three pictures. The uplink is
the real one, over TLS 1.3 to a real mosquitto; a proxy between them counts bytes and segments both ways, and
the shift's clock goes as fast as all is acknowledged. Each segment counts 52 bytes of IP and TCP; what TCP
would acknowledge by a bare segment is added, and a PINGREQ with its answer where nothing was sent for the
keepalive. Pictures are counted by a model (benchmarks/jt808.py), and so are the other protocols; these have
the track alone, so `shift.no_track` says what health and events are of ours. One JSON object a line.
"""

import argparse
import json
import math
import selectors
import socket
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jt808 import MSS, SEGMENT, TLS, jt808_pictures, jt808_track, picture_chunks, thingsboard_track
from shift_day import PICTURES, fixes, others
from track import START

from agent.config import Sink, Unit
from agent.model import Track
from agent.platform.subscriber import Platform
from agent.records import entry, fix_payload
from agent.uplink.sink import Uplink
from buffer.journal import Journal
from drivers.clock import Stamp
from drivers.readings import Fix
from drivers.sim.broker import HOST, MosquittoBroker, free_port, mosquitto_binary

SECOND, STEP_S, KEEPALIVE_S = 1_000_000_000, 5, 30
UNIT = Unit("muck", "truck-1")
RUNS: dict[str, dict[str, Any]] = {
    "all.json": {"track_policy": "all", "track_format": "json"},
    "all.compact": {"track_policy": "all", "track_format": "compact"},
    "adaptive.compact": {"track_policy": "adaptive", "track_format": "compact"},
}
LIVE = {"live_every_s": 3600.0, "live_parked_s": 3600.0}
RUNS |= {f"{name}.no_live": settings | LIVE for name, settings in RUNS.items()}
RUNS["no_track"] = LIVE


class ShiftClock:
    """A clock in the benchmark's hand; UTC is known from the start."""

    boot = "313474a5-462e-4f8d-b49d-834d74d03ba7"

    def __init__(self) -> None:
        self.now = SECOND

    def mono_ns(self) -> int:
        """The moment of the shift."""
        return self.now

    def anchor(self, utc_ns: int, mono_ns: int) -> None:
        """It is anchored already."""

    def stamp(self, mono_ns: int | None = None) -> Stamp:
        """That moment with its UTC."""
        at = self.now if mono_ns is None else mono_ns
        return Stamp(self.boot, at, round(START.timestamp()) * SECOND + at, "gnss")


class Meter:
    """A TCP proxy on loopback that counts what goes up and down, and in how many segments."""

    def __init__(self, target: int) -> None:
        self._target, self._stop = target, threading.Event()
        self._server = socket.create_server((HOST, 0))
        self.port: int = self._server.getsockname()[1]
        self.bytes, self.chunks, self.segments = [0, 0], [0, 0], [0, 0]
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        """Close everything."""
        self._stop.set()
        self._thread.join()

    def on_air(self) -> int:
        """Bytes with IP and TCP: an answer's segment acknowledges what it answers, a bare one the answer."""
        bare = self.chunks[1] + max(0, self.chunks[0] - self.chunks[1])
        return sum(self.bytes) + SEGMENT * (sum(self.segments) + bare)

    def _run(self) -> None:
        self._server.settimeout(30)
        client, _ = self._server.accept()
        ends = (client, socket.create_connection((HOST, self._target)))
        with selectors.DefaultSelector() as selector:
            for way, end in enumerate(ends):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(end, selectors.EVENT_READ, way)
            while not self._stop.is_set():
                for key, _ in selector.select(0.2):
                    content = ends[key.data].recv(1 << 20)
                    if not content:
                        self._stop.set()
                        break
                    self.bytes[key.data] += len(content)
                    self.chunks[key.data] += 1
                    self.segments[key.data] += math.ceil(len(content) / MSS)
                    ends[1 - key.data].sendall(content)
        for end in (*ends, self._server):
            end.close()


def certificate(folder: Path) -> list[str]:
    """mosquitto's lines for a certificate that is its own authority."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(days=400))
    builder = builder.not_valid_after(now + timedelta(days=400))
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))])
    constraints = x509.BasicConstraints(ca=True, path_length=None)
    builder = builder.add_extension(alternative, critical=True).add_extension(constraints, critical=True)
    (folder / "own.pem").write_bytes(
        builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    private = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "own.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, *private))
    return [f"{name} {folder / file}" for name, file in
            (("cafile", "own.pem"), ("certfile", "own.pem"), ("keyfile", "own.key"))]  # fmt: skip


class Shift:
    """One run of the uplink through the shift."""

    def __init__(self, folder: Path, port: int, settings: dict[str, Any]) -> None:
        self.clock, self.meter, self.beats, self.pings = ShiftClock(), Meter(port), 0, 0
        path = folder / "journal.db"
        self.journal = Journal.open(path, self.clock.boot, max_bytes=2 * 1024**3, min_free_bytes=0)
        sink = Sink("city", f"mqtts://{HOST}:{self.meter.port}", ca_file=folder / "own.pem",
            keepalive_s=KEEPALIVE_S, track_every_s=60.0, **settings)  # fmt: skip
        self.uplink = Uplink(sink, UNIT, self.journal, self.clock, lambda _: None, self._skipped)
        self._stop, self._quiet, self._seen = threading.Event(), SECOND, 0
        self._thread = threading.Thread(target=self.uplink.run, args=(self._stop, self._beat))

    def run(self, day: list[Fix], *, track: bool) -> int:
        """Drive through the day; bytes on the air. Without `track` nothing is known of where."""
        self._thread.start()
        for at in range(0, len(day), STEP_S):
            part = day[at : at + STEP_S]
            for n, fix in enumerate(part):
                stamp = self.clock.stamp(fix.mono_ns + SECOND)
                effects = (*((Track(fix),) if track else ()), *others(at + n))
                self.journal.defer([entry(effect, stamp) for effect in effects])
            self.journal.commit()
            self.clock.now = part[-1].mono_ns + SECOND
            if track:
                self.uplink.live(fix_payload(Track(part[-1])), moving=(part[-1].speed or 0.0) >= 0.8)
            self._settle()
        self.clock.now += 120 * SECOND
        self._settle()
        assert sum(self.journal.backlog("city").values()) <= 1, self.journal.backlog("city")
        self._stop.set()
        self.uplink.wake()
        self._thread.join()
        self.meter.stop()
        self.journal.close()
        return self.meter.on_air() + self.pings * 2 * (2 + TLS + SEGMENT)

    def _settle(self) -> None:
        """Until the uplink has nothing to send at this moment of the shift."""
        end, calm = time.monotonic() + 60, 0
        while calm < 2:
            before = self.beats
            self.uplink.wake()
            while self.beats == before:
                assert time.monotonic() < end, self.uplink.status()
                time.sleep(0.0002)
            status = self.uplink.status()
            calm = calm + 1 if status.connected and not status.in_flight else 0
        if sum(self.meter.bytes) != self._seen:
            self._seen, self._quiet = sum(self.meter.bytes), self.clock.now
        elif self.clock.now - self._quiet >= KEEPALIVE_S * SECOND:
            self.pings, self._quiet = self.pings + 1, self.clock.now

    def _beat(self) -> None:
        self.beats += 1

    def _skipped(self, stream: str, lo: int, hi: int, why: str) -> None:
        raise AssertionError(f"{stream} {lo} to {hi}: {why}")


def platform_at(port: int) -> Platform:
    """A platform that may connect: the broker's second listener comes a moment after its first."""
    for _ in range(100):
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            break
    return Platform(port)


def measured(day: list[Fix], settings: dict[str, Any], *, track: bool) -> tuple[int, int]:
    """Bytes on the air, and how many fixes the platform has."""
    with tempfile.TemporaryDirectory() as name:
        plain = free_port()
        lines = [*certificate(Path(name)), f"listener {plain} {HOST}"]
        with MosquittoBroker(settings=lines) as broker, platform_at(plain) as platform:
            found = Shift(Path(name), broker.port, settings).run(day, track=track)
            (vehicle,) = platform.snapshot().values()
            assert not vehicle.gaps("track")
            return found, len(vehicle.fixes)


def main() -> None:
    """Print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=8 * 3600, help="only the beginning of the shift")
    options = parser.parse_args()
    if not mosquitto_binary():
        sys.exit("mosquitto is not installed")
    day = fixes()[: options.seconds]
    standard = {together: jt808_track(len(day), together, tls=False) for together in (1, 60)}
    photographs = jt808_pictures(PICTURES, tls=False)
    reference = standard[60] + photographs
    ours = picture_chunks(PICTURES)
    rows = {
        "jt808.batches_of_60": (standard[60], photographs, len(day)),
        "jt808.one_each": (standard[1], photographs, len(day)),
        "jt808.every_10s": (jt808_track(len(day) // 10, 1, tls=False), photographs, len(day) // 10),
        "thingsboard": (thingsboard_track(day), ours, len(day)),
    }
    for run, settings in RUNS.items():
        count, there = measured(day, settings, track=run != "no_track")
        rows[run] = (count, ours, there)
    for name, (count, pictures, there) in rows.items():
        print(json.dumps({"bench": f"shift.{name}", "ratio": round((count + pictures) / reference, 3),
            "against": "JT/T 808-2019 in batches of 60, without TLS", "unit": "x",
            "kb": round((count + pictures) / 1e3), "kb_without_pictures": round(count / 1e3),
            "fixes": there}))  # fmt: skip


if __name__ == "__main__":
    main()
