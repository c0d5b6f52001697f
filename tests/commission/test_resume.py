"""What was done stays done: over a kill, Ctrl-C and a quit; and what the command refuses."""

import json
import os
import subprocess
import time
from contextlib import closing

import msgspec
import pytest

from agent.commission.bench import Bench
from agent.commission.state import STEPS, Run
from agent.config_file import load_config
from agent.evidence.access import commissioned
from buffer.reading import Reading
from tests.commission.terminal import ENGLISH, PATIENCE_S, Terminal, command, rows
from tests.doctor.unit import write

pytestmark = [pytest.mark.hil, pytest.mark.timeout(300)]


@pytest.fixture
def small(site):
    """Without cameras and switches: no step needs a person."""
    site.tables["cameras"], site.tables["switches"] = [], []
    site.write()
    return site


def kept(site):
    return msgspec.json.decode((site.state / "commission/state.json").read_bytes(), type=Run)


def killed_in_the_middle(site):
    """Kill it when some steps are on disk; which."""
    with subprocess.Popen(command(site, "--json"), env=ENGLISH, stdout=subprocess.DEVNULL) as running:
        end = time.monotonic() + PATIENCE_S
        while not (site.state / "commission/state.json").exists() or len(kept(site).steps) < 2:
            assert time.monotonic() < end
            time.sleep(0.01)
        running.kill()
    return list(kept(site).steps)


def test_after_a_kill_it_goes_on_and_its_sheet_goes_into_the_journal(small):
    done = killed_in_the_middle(small)
    assert 2 <= len(done) < len(STEPS)
    code, steps, last = rows(small)
    assert list(steps) == [name for name in STEPS if name not in done]
    assert {row["result"] for name, row in steps.items() if name != "evidence"} <= {"ok", "warn"}
    assert (code, steps["evidence"]["result"]) == (1, "fail")  # the service does not run
    assert (last["recorded"], last["complete"]) == ("journal", False)
    with closing(Reading(small.state / "journal.db")) as reading:
        (told,) = [r for r in reading.fetch("life", 1, 99, 99) if r.type == "unit.commissioned"]
        (sheet,) = [r for r in reading.fetch("media", 1, 99, 99) if r.type == "commission.sheet"]
    assert (
        json.loads(told.payload)["sheet"]["sha256"] == last["sha256"] == json.loads(sheet.payload)["sha256"]
    )
    assert told.hash is not None  # chained
    code, steps, last = rows(small)  # only what failed is tried again
    assert (code, list(steps)) == (1, ["evidence"])
    code, steps, _ = rows(small, "--restart", "--only", "papers")
    assert (code, list(steps), list(kept(small).steps)) == (0, ["papers"], ["papers"])


def test_a_person_quits_is_interrupted_and_leaves_a_step_out(small):
    small.tables["zones"] = {"file": small.folder / "none.geojson"}
    small.write()
    for stop in (lambda t: t.say("q"), lambda t: t.interrupt()):
        terminal = Terminal(small, "--plain", "--only", "papers")
        terminal.until("Enter again · s leave out · q go on later")  # nobody may say that a fault is well
        stop(terminal)
        terminal.until("go on with haulwatch commission")
        assert terminal.end() == 1
        assert {name: done.result for name, done in kept(small).steps.items()} == {"papers": "fail"}
    terminal = Terminal(small, "--plain", "--only", "papers")
    for wanted, said in (
        ("leave out", "y"),
        ("leave out", "s"),
        ("why is it left out", ""),  # so it is not
        ("leave out", "s"),
        ("why is it left out", "no zones here"),
    ):
        terminal.until(wanted)
        terminal.say(said)
    assert terminal.end() == 1
    assert kept(small).steps["papers"].reason == "no zones here"
    assert "\x1b" not in terminal.text


def test_corners_are_proposed_and_pictures_taught_from_within(site):
    before = tuple(map(tuple, site.camera["roi"]))
    site.write()
    terminal = Terminal(site, "--plain", "--only", "roi")
    terminal.until("bed-corners.jpg")
    terminal.until("y it is so")
    terminal.say("p")
    terminal.until("write these corners")
    terminal.say("y")
    terminal.until("y it is so")
    terminal.say("y")
    assert terminal.end() == 0
    assert load_config(site.folder / "agent.toml").cameras[0].roi != before
    assert (site.folder / "agent.toml.bak1").exists()
    terminal = Terminal(site, "--plain", "--only", "teaching")
    terminal.until("e empty")
    terminal.say("c")
    terminal.until("kept as covered")
    terminal.until("not taught yet: empty, uncovered")
    terminal.say("q")
    assert terminal.end() == 1
    assert len(list((site.folder / "teaching/bed/covered").glob("*.jpg"))) == 1


def test_the_unit_s_lack_of_a_key_and_a_folder_are_told(small):
    small.tables["journal"]["path"] = small.folder / "none" / "journal.db"
    small.write()
    done = subprocess.run(command(small, "--json"), capture_output=True, text=True, env=ENGLISH, check=False)
    assert done.returncode == 3
    assert "commission: cannot be written (No such file or directory); run as root" in done.stderr
    assert "start the service once" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files away, as root does on a unit")
def test_what_root_writes_belongs_to_the_service_s_account(small):
    """Else the service, which is started later, could not write its own journal."""
    os.chown(small.state, 65534, 65534)
    for old in small.state.glob("journal.db*"):
        old.unlink()
    told = {"kid": "k", "by": "root", "subject": "s", "complete": False, "steps": []}
    config = load_config(small.folder / "agent.toml")
    assert commissioned(config, told | {"sheet": {"sha256": "ab" * 32, "bytes": 1}}) == "journal"
    with Bench(small.folder / "agent.toml").store.held():
        pass
    made = [*small.state.glob("journal.db*"), *(small.state / "commission").iterdir()]
    assert len(made) > 3
    assert {f.stat().st_uid for f in made} == {65534}


def test_what_it_refuses(small):
    asked = subprocess.run(command(small), capture_output=True, text=True, env=ENGLISH, check=False)
    assert (asked.returncode, "give --unattended" in asked.stderr) == (2, True)
    write(small.folder / "agent.toml", "[unit")
    wrong = subprocess.run(command(small, "--json"), capture_output=True, text=True, env=ENGLISH, check=False)
    assert wrong.returncode == 78


def test_in_a_pipe_there_are_neither_colours_nor_pictures(small):
    words = command(small, "--unattended", "--only", "papers", "--lang", "zh")
    done = subprocess.run(words, capture_output=True, text=True, env=ENGLISH, check=False)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "第 8/10 步  电子围栏与清运证" in done.stdout
