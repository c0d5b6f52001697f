"""The whole agent with two 1080p cameras in 512 MB."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.sim.camera import SimCamera, slides
from drivers.sim.film.film import Film
from drivers.sim.film.script import Script, Stretch

pytestmark = pytest.mark.hil
LIMIT = 512 * 1024 * 1024
CGROUPS = Path("/sys/fs/cgroup")


class Cell:
    """A memory cgroup, of version 1 or 2."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._two = (folder / "memory.max").exists()

    def close_in(self, pid: int) -> None:
        (self.folder / ("memory.max" if self._two else "memory.limit_in_bytes")).write_text(str(LIMIT))
        (self.folder / "cgroup.procs").write_text(str(pid))

    @property
    def processes(self) -> list[str]:
        """Their ids."""
        return (self.folder / "cgroup.procs").read_text().split()

    @property
    def killed(self) -> int:
        """How many processes the kernel killed for want of memory."""
        events = self.folder / ("memory.events" if self._two else "memory.oom_control")
        lines = dict(line.split() for line in events.read_text().splitlines())
        return int(lines.get("oom_kill", 0))

    @property
    def used(self) -> int:
        """Bytes now, page cache included."""
        return int((self.folder / ("memory.current" if self._two else "memory.usage_in_bytes")).read_text())


def own_groups() -> Iterator[Path]:
    """Where this process is: a memory cgroup of version 1, or the one of version 2."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            yield CGROUPS / "memory" / path.lstrip("/")
        elif not controllers:
            yield CGROUPS / path.lstrip("/")
            yield CGROUPS


@pytest.fixture
def cell() -> Iterator[Cell]:
    made = None
    for parent in own_groups():
        folder = parent / f"haulwatch-test-{os.getpid()}"
        with contextlib.suppress(OSError):
            folder.mkdir()
            if any((folder / name).exists() for name in ("memory.max", "memory.limit_in_bytes")):
                made = Cell(folder)
                break
            folder.rmdir()
    if made is None:
        pytest.skip("no memory cgroup can be made here")
    yield made
    made.folder.rmdir()


@pytest.fixture
def cameras():
    film = Film.open(None, Script((Stretch(30, "covered", light="cloud", speed_mps=10),), "a"), seed=1)
    pictures = [film.jpeg(n / 10, (1920, 1080)) for n in range(20)]
    sims = [SimCamera(slides(pictures, 0.1), 10).start() for _ in range(2)]
    yield film, sims
    for sim in sims:
        sim.stop()


def test_two_cameras_fit_into_512_mb(simulated, cell, cameras):
    truck, (film, sims) = simulated, cameras
    truck.tables["vision"] = {"fps_moving": 2.0}
    for number, sim in enumerate(sims):
        truck.add_camera(f"bed{number}", sim.url, roi=[list(corner) for corner in film.roi])
    truck.start()
    cell.close_in(truck.process.pid)
    truck.await_message("event", "load.changed", to="covered")
    truck.await_status(lambda s: all(c["connected"] for c in s["cameras"].values()), "both cameras")
    truck.await_platform(lambda v: len(v.fixes) > 10)
    assert len(cell.processes) >= 2, "the vision process is in it too"
    assert 0 < cell.used < LIMIT
    assert truck.terminate() == 0
    assert cell.killed == 0
