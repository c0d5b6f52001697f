"""The whole agent with two 1080p body cameras, moving, two pictures judged per second and camera.

Memory and CPU time of all its processes, against the budget in benchmarks/budgets.toml; for cameras that send
JPEG, and H.264 with a keyframe each half second and each second. `rss` counts what processes share for each
of them, `pss` once. One JSON object per line; two minutes.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from budgets import exceeded

from agent.local_socket import ask
from drivers.sim.broker import best_broker
from drivers.sim.camera import SimCamera, slides
from drivers.sim.film.film import Film
from drivers.sim.film.script import Script, Stretch
from drivers.sim.h264 import encode_h264
from drivers.sim.nmea import Pose
from drivers.sim.receiver import SimReceiver
from drivers.sim.rtp import H264Media
from drivers.sim.rtsp import SimRtsp
from drivers.sim.server import Server
from drivers.sim.worlds import straight

SIZE, FPS, SECONDS = (1920, 1080), 25, 2
BUDGET = "all: two 1080p cameras, moving"
_WARM_UP_S = 15.0
_KINDS = ("jpeg", "h264-0.5s", "h264-1s")


class Pictures:
    """Two seconds of a film, as each kind of camera sends them."""

    def __init__(self) -> None:
        stretch = Stretch(60, "covered", speed_mps=12, passing="trees")
        self._film = Film.open(None, Script((stretch,), "a"), 1)
        self.roi = self._film.roi
        self._moments = [5 + n / FPS for n in range(FPS * SECONDS)]

    def camera(self, kind: str) -> Server:
        """A camera of this kind."""
        if kind == "jpeg":
            return SimCamera(slides([self._film.jpeg(t, SIZE) for t in self._moments], 1 / FPS), FPS)
        every = round(FPS * float(kind.removeprefix("h264-").removesuffix("s")))
        pictures = (self._film.frame(t, SIZE) for t in self._moments)
        return SimRtsp(H264Media(encode_h264(pictures, FPS, every)), FPS)


def configure(folder: Path, cameras: list[Server], broker: str, roi: object) -> Path:
    """The daemon's configuration."""
    corners = json.dumps(roi)
    lines = [
        '[unit]\nfleet = "bench"\nvehicle = "load"',
        f'[gnss]\nsource = "{folder / "gnss"}"',
        f'[journal]\npath = "{folder / "journal.db"}"',
        f'[status]\nsocket = "{folder / "agent.sock"}"',
        "[vision]\nfps_moving = 2.0",
        f'[[sinks]]\nname = "city"\nurl = "{broker}"',
    ]
    for number, camera in enumerate(cameras):
        lines.append(
            f'[[cameras]]\nname = "bed{number}"\nrole = "body"\nsource = "{camera.url}"\nroi = {corners}'
        )
    path = folder / "agent.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def at_work(daemon: psutil.Process, seconds: float) -> dict[str, Any]:
    """The figures of the daemon and its children over some time, memory at its end."""
    time.sleep(_WARM_UP_S)
    processes = [daemon, *daemon.children(recursive=True)]
    before = [_cpu_s(p) for p in processes]
    time.sleep(seconds)
    shares = [(_cpu_s(p) - b) / seconds for p, b in zip(processes, before, strict=True)]
    memory = [p.memory_full_info() for p in processes]
    rss, pss = (sum(getattr(m, kind) for m in memory) for kind in ("rss", "pss"))
    return {
        "rss_mb": round(rss / 1e6, 1),
        "pss_mb": round(pss / 1e6, 1),
        "cpu": round(sum(shares), 4),
        "processes": [
            {
                "name": " ".join(p.cmdline()[1:4]),
                "rss_mb": round(m.rss / 1e6, 1),
                "pss_mb": round(m.pss / 1e6, 1),
                "cpu": round(share, 4),
            }
            for p, m, share in zip(processes, memory, shares, strict=True)
        ],
    }


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def measure(kind: str, pictures: Pictures, seconds: float) -> dict[str, Any]:
    """One kind of camera."""
    with contextlib.ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        broker = opened.enter_context(best_broker())
        cameras = [pictures.camera(kind).start() for _ in range(2)]
        pose = Pose(31.2304, 121.4737, 8.0, 12.0, 45.0)
        receiver = SimReceiver(folder / "gnss", straight(pose)).start()
        for device in (receiver, *cameras):
            opened.callback(device.stop)
        config = configure(folder, cameras, broker.url, pictures.roi)
        command = [sys.executable, "-I", "-m", "agent", "run", "--config", str(config)]
        daemon = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        opened.callback(daemon.wait, 20)
        opened.callback(daemon.terminate)
        found = at_work(psutil.Process(daemon.pid), seconds)
        said = ask(folder / "agent.sock", {"ask": "status"})
        assert said["load"]["state"] == "covered", "it must have been at work"
        return found


def main() -> None:
    """All kinds, one after the other."""
    options = argparse.ArgumentParser()
    options.add_argument("--kinds", nargs="+", choices=_KINDS, default=_KINDS)
    options.add_argument("--seconds", type=float, default=30.0)
    given = options.parse_args()
    pictures, failed = Pictures(), 0
    for kind in given.kinds:
        found = measure(kind, pictures, given.seconds)
        print(json.dumps({"bench": "agent.load", "cameras": kind, **found}), flush=True)
        failed |= exceeded(BUDGET, cpu_ms_per_s=found["cpu"] * 1000, rss_mb=found["rss_mb"])
    sys.exit(failed)


if __name__ == "__main__":
    main()
