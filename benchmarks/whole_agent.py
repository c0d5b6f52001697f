"""The whole agent at work: 1 Hz GNSS, one camera judged once a second, a broker. Takes a minute.

Prints start-up to the first fix at the platform (against the start of a bare interpreter), resident memory of
each process (against a bare interpreter's), and CPU time of both processes (against one core).
"""

import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil

from agent.demo.scenario import write_config
from agent.platform.subscriber import Platform
from drivers.sim.broker import best_broker
from drivers.sim.camera import SimCamera
from drivers.sim.nmea import Pose
from drivers.sim.picture_book import PictureBook
from drivers.sim.receiver import SimReceiver
from drivers.sim.worlds import straight

_SETTLE_S, _MEASURE_S, _STARTS = 10.0, 30.0, 5
_BARE = [sys.executable, "-I", "-c"]


def main() -> None:
    """Set the world up, start the daemon several times, measure the last one."""
    book = PictureBook.shipped()
    with tempfile.TemporaryDirectory() as name, best_broker() as broker, Platform(broker.port) as platform:
        folder = Path(name)
        camera = SimCamera(lambda: book.view("covered"), fps=10).start()
        pose = Pose(31.2304, 121.4737, 8.0, 10.0, 45.0)
        receiver = SimReceiver(folder / "gnss", straight(pose), epoch=datetime.now(UTC)).start()
        try:
            config = write_config(folder, folder / "gnss", {"body": camera.url}, broker.url)
            config.write_text(config.read_text().replace("fps_moving = 2.0", "fps_moving = 1.0"))
            _measure(config, platform)
        finally:
            receiver.stop()
            camera.stop()


def _measure(config: Path, platform: Platform) -> None:
    starts, bares = [], []
    for i in range(_STARTS):
        bares.append(_bare_start_s())
        begun = time.monotonic()
        daemon = subprocess.Popen(
            [sys.executable, "-I", "-m", "agent", "run", "--config", str(config)], stderr=subprocess.DEVNULL
        )
        lives = sum(v.lives for v in platform.snapshot().values())
        platform.wait_for(lambda known, n=lives: sum(v.lives for v in known.values()) > n)
        starts.append(time.monotonic() - begun)
        if i == _STARTS - 1:
            _at_work(daemon)
        daemon.terminate()
        daemon.wait(20)
    _report(
        "agent.start_to_first_fix", [s / b for s, b in zip(starts, bares, strict=True)], "bare interpreter"
    )
    print(f"start to first fix: {sorted(starts)[len(starts) // 2]:.2f} s", file=sys.stderr)


def _at_work(daemon: subprocess.Popen[bytes]) -> None:
    time.sleep(_SETTLE_S)
    main = psutil.Process(daemon.pid)
    (vision,) = main.children()
    before = [_cpu_s(p) for p in (main, vision)]
    time.sleep(_MEASURE_S)
    spent = [_cpu_s(p) - b for p, b in zip((main, vision), before, strict=True)]
    bare = _bare_rss()
    for name, process, cpu in (("main", main, spent[0]), ("vision", vision, spent[1])):
        rss = process.memory_info().rss
        _report(f"agent.rss.{name}", [rss / bare], "bare interpreter")
        _report(f"agent.cpu.{name}", [cpu / _MEASURE_S], "one core")
        print(f"{name}: {rss / 1e6:.1f} MB, {cpu / _MEASURE_S * 1000:.1f} ms/s", file=sys.stderr)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _bare_start_s() -> float:
    begun = time.monotonic()
    subprocess.run([*_BARE, "pass"], check=True)
    return time.monotonic() - begun


def _bare_rss() -> int:
    script = "import sys; sys.stdin.read()"
    with subprocess.Popen([*_BARE, script], stdin=subprocess.PIPE) as bare:
        time.sleep(0.5)
        return int(psutil.Process(bare.pid).memory_info().rss)


def _report(bench: str, ratios: list[float], against: str) -> None:
    ordered = sorted(ratios)
    line = {"bench": bench, "ratio": round(ordered[len(ordered) // 2], 3)}
    line |= {"min": round(ordered[0], 3), "max": round(ordered[-1], 3), "against": against, "unit": "x"}
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
