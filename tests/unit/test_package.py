"""What lies in the Debian package beside the wheels: its tree is built, without network, and looked at."""

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from agent.cli.main import haulwatch
from agent.cli.reference import leaves

ROOT = Path(__file__).parents[2]
DEBIAN = ROOT / "systemd/debian"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("deb")
    build = (sys.executable, DEBIAN / "build.py", "--tree-only", "--version", "9.8.7", "--output", output)
    environment = os.environ | {"SOURCE_DATE_EPOCH": "1767225600"}
    subprocess.run(list(map(str, build)), check=True, cwd=ROOT, env=environment, timeout=60)
    return output / "haulwatch_9.8.7_amd64"


def control(tree: Path) -> dict[str, str]:
    text = (tree / "DEBIAN/control").read_text()
    return dict(re.findall(r"(?m)^([A-Z][A-Za-z-]*): (.*)$", text))


def test_files_folders_and_modes(tree: Path) -> None:
    for folder in ("lib/systemd/system", "lib/udev/rules.d", "lib/sysusers.d", "lib/tmpfiles.d"):
        assert len(list((tree / "usr" / folder).iterdir())) == 1
    for file in (f for f in tree.rglob("*") if not f.is_symlink()):
        program = file.is_dir() or file.parts[-2:] == ("bin", "haulwatch") or file.name[:2] in ("po", "pr")
        program = program and (file.is_dir() or file.suffix == "")
        assert file.stat().st_mode & 0o7777 == (0o755 if program else 0o644), file
    assert (tree / "usr/bin/haulwatch").readlink() == Path("/opt/haulwatch/venv/bin/haulwatch")
    assert (tree / "opt/haulwatch/venv/bin/python").readlink() == Path("/usr/bin/python3")


def test_nothing_that_a_technician_changes_is_a_conffile(tree: Path) -> None:
    assert not (tree / "etc").exists()
    assert not (tree / "DEBIAN/conffiles").exists()
    sample = (tree / "usr/share/haulwatch/agent.sample.toml").read_text()
    assert sample == (ROOT / "agent/agent.sample.toml").read_text()


def test_dpkg_knows_every_file(tree: Path) -> None:
    named = {line.split("  ", 1)[1] for line in (tree / "DEBIAN/md5sums").read_text().splitlines()}
    files = {str(f.relative_to(tree)) for f in tree.rglob("*") if f.is_file() and not f.is_symlink()}
    assert named == {name for name in files if not name.startswith("DEBIAN/")}


def test_the_control_file(tree: Path) -> None:
    fields = control(tree)
    assert (fields["Version"], fields["Architecture"]) == ("9.8.7", "amd64")
    for package in ("python3.11 | python3.13", "libgl1", "libglib2.0-0t64 | libglib2.0-0", "ca-certificates"):
        assert f"{package}," in fields["Depends"] + ","
    if shutil.which("dpkg-deb"):
        made = tree.parent / "made.deb"
        build = ["dpkg-deb", "--build", "--root-owner-group", "-Zgzip", "-z1", str(tree), str(made)]
        subprocess.run(build, check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize("script", ["postinst", "prerm", "postrm", "test"])
def test_a_script_is_a_script(script: str) -> None:
    assert subprocess.run(["sh", "-n", DEBIAN / script], check=False, timeout=30).returncode == 0


@pytest.mark.parametrize(
    ("shell", "place"),
    [
        ("bash", "bash-completion/completions/haulwatch"),
        ("zsh", "zsh/vendor-completions/_haulwatch"),
        ("fish", "fish/vendor_completions.d/haulwatch.fish"),
    ],
)
def test_a_completion_file_is_of_its_shell(tree: Path, shell: str, place: str) -> None:
    file = tree / "usr/share" / place
    assert "_HAULWATCH_COMPLETE" in file.read_text()
    if shutil.which(shell):
        assert subprocess.run([shell, "-n", file], check=False, timeout=30).returncode == 0


def test_every_command_has_a_page(tree: Path) -> None:
    wanted = {"-".join(("haulwatch", *words)) for words, _ in leaves(haulwatch, ())} | {"haulwatch"}
    pages = sorted((tree / "usr/share/man/man1").iterdir())
    assert {page.name.removesuffix(".1.gz") for page in pages} == wanted
    if shutil.which("man"):
        read = ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", *map(str, pages)]
        said = subprocess.run(read, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
        assert said.stderr == b""


def test_the_locked_wheels_are_what_the_product_asks_for() -> None:
    locked = dict(re.findall(r"(?m)^([a-z0-9-]+)==(\S+)", (DEBIAN / "requirements.txt").read_text()))
    asked = [Requirement(text) for text in requires("haulwatch") or []]
    for found in asked:
        extras = [{"extra": ""}, {"extra": "web"}, {"extra": "gpiod"}]
        if any(found.marker is None or found.marker.evaluate(extra) for extra in extras):
            assert locked[found.name] in found.specifier, f"{found}: make the lock anew, docs/install.md"


def test_the_sysusers_and_rules_agree_with_the_service(tree: Path) -> None:
    unit = (tree / "usr/lib/systemd/system/haulwatch.service").read_text()
    account = (tree / "usr/lib/sysusers.d/haulwatch.conf").read_text()
    for group in re.findall(r"(?m)^SupplementaryGroups=(.*)$", unit)[0].split():
        assert f"m haulwatch {group}\n" in account
    assert "After=network.target" in unit
    assert "network-online" not in re.sub(r"(?m)^#.*$", "", unit)
    assert "time-sync" not in unit
