"""One unit's devices for all tests of a worker; each test has settings and a state folder of its own."""

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.commission.bench import Bench
from agent.commission.steps import steps
from agent.doctor.probes.machine import Machine
from drivers.sim.broker import broker_available
from tests.doctor.unit import Table, Unit, journal, toml, unit_in, write

_PACE = 2.0  # tests share the machine with each other


class Site:
    """A unit at the truck, without its daemon; `machine` and `folder` as the command line needs them."""

    def __init__(self, unit: Unit, folder: Path) -> None:
        self.unit, self.folder, self.machine = unit, folder, unit.machine
        self.state = folder / "state"
        shutil.copytree(unit.state, self.state)
        self.tables: Table = copy.deepcopy(unit.tables)
        self.tables["journal"]["path"] = self.state / "journal.db"
        self.tables["status"]["socket"] = folder / "agent.sock"
        self.tables["vision"]["teaching"] = folder / "teaching"
        self.tables["switches"][0]["source"] = f"value:{write(folder / 'lift', '0')}"

    @property
    def camera(self) -> Table:
        """The body camera's settings; the cab's is of no interest here."""
        self.tables["cameras"] = self.tables["cameras"][:1]
        camera: Table = self.tables["cameras"][0]
        return camera

    def write(self) -> Path:
        return Path(write(self.folder / "agent.toml", toml(self.tables)))

    def bench(self) -> Bench:
        return Bench(self.write(), Machine(self.machine), _PACE)

    def look(self, name: str, bench: Bench | None = None):
        """What a step measures."""
        bench = bench or self.bench()
        with bench.store.held():
            return next(step for step in steps() if step.name == name).measure(bench)


@pytest.fixture(scope="session")
def devices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unit]:
    if broker_available() is None:
        pytest.skip("no broker is installed: mosquitto, or haulwatch[demo]")
    with unit_in(tmp_path_factory.mktemp("unit")) as unit:
        journal(unit.state / "journal.db", ("event", "a", {"severity": "info"}))
        yield unit


@pytest.fixture
def site(devices: Unit, tmp_path: Path) -> Site:
    return Site(devices, tmp_path)
