"""`.ci/setup` with a machine made of stubs on PATH, and the list of allowed skips."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = "basename cat cp date dirname env mkdir mktemp rm sed sh tail true".split()  # noqa: SIM905
PYTHON = """#!/bin/sh
case "$1" in
    -) cat >/dev/null; echo "$MISSING" ;;
    -c) exit "${TOO_OLD:-0}" ;;
    -VV | -V) echo "Python ${VERSION:-3.11.2}" ;;
    -m) case "$2" in
            venv) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
            *) echo "$*" >>"$CALLS" ;;
        esac ;;
esac
"""
SUDO = '#!/bin/sh\n[ "$SUDO" = yes ] || exit 1\necho "sudo $*" >>"$CALLS"\nshift\nexec "$@"\n'
RECORDED = '#!/bin/sh\necho "${0##*/} $*" >>"$CALLS"\n'


class Machine:
    """A checkout and a PATH of stubs; `calls` are the commands that would have changed the machine."""

    def __init__(self, folder: Path) -> None:
        self.checkout, self._path, self._log = folder / "checkout", folder / "bin", folder / "calls"
        shutil.copytree(ROOT / ".ci", self.checkout / ".ci")
        self.write("pyproject.toml", "[project]\n")
        self._path.mkdir()
        for name in TOOLS:
            (self._path / name).symlink_to(shutil.which(name) or name)
        for name, text in (
            ("python3", PYTHON),
            ("sudo", SUDO),
            ("apt-get", RECORDED),
            ("systemctl", RECORDED),
        ):
            self.install(name, text)
        self.environment = {"PATH": str(self._path), "CALLS": str(self._log), "SYSTEMD_RUNS": "/nowhere"}
        self.user("0")

    def write(self, name: str, text: str) -> None:
        (self.checkout / name).write_text(text)

    def install(self, name: str, text: str) -> None:
        (self._path / name).write_text(text)
        (self._path / name).chmod(0o755)

    def remove(self, name: str) -> None:
        (self._path / name).unlink()

    def user(self, number: str) -> None:
        self.install("id", f"#!/bin/sh\necho {number}\n")

    def setup(self, kind: str, **environment: str) -> tuple[int, str, list[str]]:
        """Exit code, what it says, and the calls of this run."""
        self._log.write_text("")
        command, env = [str(self.checkout / ".ci/setup"), kind], self.environment | environment
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=30)
        assert done.stdout == ""  # `make bench` keeps it for figures
        return done.returncode, done.stderr, self._log.read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_complete_machine_gets_an_environment_once(machine) -> None:
    code, _, calls = machine.setup("dev")
    assert code == 0
    assert len(calls) == 1
    assert calls[0].startswith("-m pip ")
    assert calls[0].endswith("install -e .[dev]")
    assert machine.setup("dev") == (0, "", [])
    assert machine.setup("demo") == (0, "", [])  # the development environment holds the demo's


def test_what_was_installed_for_the_demo_is_not_enough_for_the_tests(machine) -> None:
    machine.setup("demo")
    assert [c.split()[-1] for c in machine.setup("dev")[2]] == [".[dev]"]


def test_changed_requirements_are_installed(machine) -> None:
    machine.setup("dev")
    machine.write("pyproject.toml", "[project]\nname = 'x'\n")
    assert len(machine.setup("dev")[2]) == 1
    assert machine.setup("dev")[2] == []


def test_another_interpreter_makes_another_environment(machine) -> None:
    machine.setup("dev")
    machine.write(".venv/old", "")
    machine.setup("dev", VERSION="3.13.5")
    assert not (machine.checkout / ".venv/old").exists()


def test_root_installs_what_is_missing(machine) -> None:
    code, said, calls = machine.setup("demo", MISSING="libgl1 mosquitto")
    assert code == 0
    assert "installing system packages: libgl1 mosquitto" in said
    update, install = calls[:2]
    assert update.endswith(" update")
    assert install.startswith("apt-get ")
    assert install.endswith(" install -y --no-install-recommends libgl1 mosquitto")


def test_a_user_installs_through_sudo(machine) -> None:
    machine.user("1000")
    code, _, calls = machine.setup("demo", MISSING="libgl1", SUDO="yes")
    assert code == 0
    assert [c for c in calls if c.startswith("sudo ") and "apt-get" in c and c.endswith(" libgl1")]


def test_without_rights_the_one_line_is_printed(machine) -> None:
    machine.user("1000")
    code, said, calls = machine.setup("demo", MISSING="python3-venv libgl1")
    assert (code, calls) == (3, [])
    lines = [line for line in said.splitlines() if line.startswith("apt-get ")]
    assert lines == ["apt-get update && apt-get install -y --no-install-recommends python3-venv libgl1"]


def test_a_failing_apt_is_shown(machine) -> None:
    machine.install("apt-get", "#!/bin/sh\necho no such release\nexit 100\n")
    code, said, _ = machine.setup("demo", MISSING="libgl1")
    assert code == 3
    assert "no such release\n" in said
    assert said.endswith("apt-get could not install: libgl1\n")


def test_elsewhere_than_on_debian_it_says_what_is_missing_and_goes_on(machine) -> None:
    machine.remove("apt-get")
    code, said, calls = machine.setup("demo", MISSING="libgl1")
    assert code == 0
    assert "not found: libgl1 (Debian's names)" in said
    assert len(calls) == 1


def test_an_old_python_is_named(machine) -> None:
    code, said, calls = machine.setup("demo", TOO_OLD="1", VERSION="3.9.2")
    assert (code, calls) == (3, [])
    assert "Python 3.9.2 is too old: Python 3.11 or later is needed" in said


def test_a_machine_without_python(machine) -> None:
    machine.remove("python3")
    code, said, _ = machine.setup("demo")
    assert code == 3
    assert "python3 is not installed" in said


def test_installing_the_broker_starts_no_service(machine, tmp_path: Path) -> None:
    _, _, calls = machine.setup("demo", MISSING="libgl1 mosquitto", SYSTEMD_RUNS=str(tmp_path))
    apt = next(i for i, c in enumerate(calls) if c.endswith("mosquitto") and c.startswith("apt-get"))
    assert calls[apt - 2] == "systemctl --quiet --runtime mask mosquitto.service"
    assert calls[apt + 1 : apt + 3] == [
        "systemctl --quiet --runtime unmask mosquitto.service",
        "systemctl --quiet disable mosquitto.service",
    ]
    assert not [c for c in machine.setup("demo", MISSING="libgl1")[2] if c.startswith("systemctl")]


def skips(folder: Path, reason: str) -> subprocess.CompletedProcess[str]:
    """`.ci/skips.py` over a real run of pytest with one skipped test."""
    (folder / "test_one.py").write_text(f"import pytest\n\ndef test_one():\n    pytest.skip({reason!r})\n")
    (folder / "pytest.ini").write_text("[pytest]\n")
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=tests.xml"]
    environment = {k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS"}
    subprocess.run(run, cwd=folder, env=environment, capture_output=True, check=True, timeout=60)
    command = [sys.executable, ROOT / ".ci/skips.py", folder / "tests.xml", ROOT / ".ci/allowed-skips"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def test_an_allowed_skip_passes(tmp_path: Path) -> None:
    assert skips(tmp_path, "systemd-analyze is not installed").returncode == 0


@pytest.mark.parametrize(
    "reason", ["shared data absent: x", "mosquitto is not installed", "gpsd is not installed", "not today"]
)
def test_any_other_skip_fails(tmp_path: Path, reason) -> None:
    done = skips(tmp_path, reason)
    assert done.returncode == 1
    assert done.stderr == f"not an allowed skip: test_one::test_one: {reason}\n"
