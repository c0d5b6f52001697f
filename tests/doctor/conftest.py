"""Healthy units to break: one with its daemon for all tests of a worker, others without."""

import copy
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.sim.broker import broker_available
from tests.doctor.unit import Table, Unit, bad, journal, toml, unit_in, write


@pytest.fixture(scope="package")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unit]:
    """A healthy unit whose daemon runs; it ends with this folder's tests, so that no others bear its load."""
    if broker_available() is None:
        pytest.skip("no broker is installed: mosquitto, or haulwatch[demo]")
    with unit_in(tmp_path_factory.mktemp("unit")) as unit:
        unit.trust(unit.folder / "spare")
        journal(unit.folder / "spare/journal.db")
        yield unit.start()


@pytest.fixture
def running(started: Unit) -> Unit:
    """The same, once nothing is wrong: what a test breaks of it, it mends."""
    started.until_well()
    return started


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[Unit]:
    """A healthy unit without its daemon."""
    if broker_available() is None:
        pytest.skip("no broker is installed: mosquitto, or haulwatch[demo]")
    with unit_in(tmp_path) as unit:
        yield unit


class Variant:
    """Another configuration beside a running daemon, with a state folder and a machine of its own."""

    def __init__(self, unit: Unit, folder: Path) -> None:
        self.unit, self.folder = unit, folder
        self.tables: Table = copy.deepcopy(unit.tables)
        self.state = folder / "state"
        shutil.copytree(unit.folder / "spare", self.state)
        self.tables["journal"]["path"] = self.state / "journal.db"
        self.machine = folder / "machine"
        shutil.copytree(unit.machine, self.machine, symlinks=True)


@pytest.fixture
def variant(running: Unit, tmp_path: Path) -> Variant:
    return Variant(running, tmp_path)


@pytest.fixture
def found(variant: Variant) -> Callable[[], dict[str, object]]:
    """What the doctor finds of the variant, by code."""

    def look() -> dict[str, object]:
        return bad(Path(write(variant.folder / "variant.toml", toml(variant.tables))), variant.machine)

    return look
