"""The main process at 1 Hz GNSS with a link and no camera: CPU and memory, against the least that does it.

Both run at the same time for a minute, each on a receiver of its own. See benchmarks/peers/lean_agent.py.
Exits with 1 when the budget in benchmarks/budgets.toml is exceeded.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
from budgets import exceeded

from agent.local_socket import ask
from drivers.sim.broker import MosquittoBroker, best_broker
from drivers.sim.nmea import Pose
from drivers.sim.receiver import SimReceiver
from drivers.sim.worlds import straight

LEAN = Path(__file__).parent / "peers" / "lean_agent.py"
BUDGET = "main: 1 Hz GNSS, a link, no camera"
_WARM_UP_S = 15.0


def configured(folder: Path, broker: str) -> Path:
    """The daemon's configuration."""
    path = folder / "agent.toml"
    path.write_text(f"""
[unit]
fleet = "bench"
vehicle = "main"
[gnss]
source = "{folder / "ours"}"
[journal]
path = "{folder / "journal.db"}"
[status]
socket = "{folder / "agent.sock"}"
[[sinks]]
name = "city"
url = "{broker}"
""")
    return path


@contextlib.contextmanager
def running(*command: str) -> Iterator[psutil.Process]:
    """A process for as long as it is wanted."""
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def at_work(processes: list[psutil.Process], seconds: float) -> list[tuple[float, float]]:
    """Milliseconds of CPU per second, and MB resident at the end, of each."""
    before = [_cpu_s(p) for p in processes]
    time.sleep(seconds)
    return [
        ((_cpu_s(p) - b) / seconds * 1000, p.memory_info().rss / 1e6)
        for p, b in zip(processes, before, strict=True)
    ]


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def main() -> None:
    """Two lines."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60.0)
    seconds = options.parse_args().seconds
    with contextlib.ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        broker: MosquittoBroker = opened.enter_context(best_broker())  # type: ignore[assignment]
        pose = Pose(31.2304, 121.4737, 8.0, 10.0, 45.0)
        for name in ("ours", "lean"):
            receiver = SimReceiver(folder / name, straight(pose), epoch=datetime.now(UTC)).start()
            opened.callback(receiver.stop)
        config = str(configured(folder, broker.url))
        daemon = opened.enter_context(running(sys.executable, "-I", "-m", "agent", "run", "--config", config))
        lean_command = (
            sys.executable,
            str(LEAN),
            str(folder / "lean"),
            str(broker.port),
            str(folder / "lean.db"),
        )
        lean = opened.enter_context(running(*lean_command))
        time.sleep(_WARM_UP_S)
        (cpu, rss), (lean_cpu, lean_rss) = at_work([daemon, lean], seconds)
        assert ask(folder / "agent.sock", {"ask": "status"})["sinks"]["city"]["connected"], "it had no link"
    found = {"cpu": (cpu, lean_cpu, "ms_per_s"), "rss": (rss, lean_rss, "mb")}
    for what, (own, their, unit) in found.items():
        line = {"bench": f"agent.main.{what}", "ratio": round(own / their, 2), "min": None, "max": None}
        line |= {"against": "the least that does it", "unit": "x"}
        line |= {f"ours_{unit}": round(own, 2), f"theirs_{unit}": round(their, 2)}
        print(json.dumps(line), flush=True)
    sys.exit(exceeded(BUDGET, cpu_ms_per_s=cpu, rss_mb=rss))


if __name__ == "__main__":
    main()
