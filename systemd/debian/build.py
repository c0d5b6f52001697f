"""Builds haulwatch_VERSION_ARCH.deb; see --help.

The package holds one virtual environment with the wheels of requirements.txt, unpacked, for the Python of
Debian 12 and of 13: lib/common what is the same for both, lib/python3.X what is not. So it works with either,
dpkg knows each file; the truck fetches nothing and makes bytecode only. Needs dpkg-deb, and uv for wheels.
"""

import argparse
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from email.parser import Parser
from email.utils import formatdate
from pathlib import Path

from click.shell_completion import get_completion_class

from agent.cli.main import haulwatch
from agent.cli.manual import pages

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PYTHONS = ("3.11", "3.13")
PLATFORMS = {"amd64": "x86_64-manylinux_2_36", "arm64": "aarch64-manylinux_2_36"}
VENV = Path("opt/haulwatch/venv")
COMPLETION = {
    "bash": "usr/share/bash-completion/completions/haulwatch",
    "zsh": "usr/share/zsh/vendor-completions/_haulwatch",
    "fish": "usr/share/fish/vendor_completions.d/haulwatch.fish",
}
SERVICE = {
    "haulwatch.service": "usr/lib/systemd/system/haulwatch.service",
    "60-haulwatch.rules": "usr/lib/udev/rules.d/60-haulwatch.rules",
    "haulwatch.sysusers.conf": "usr/lib/sysusers.d/haulwatch.conf",
    "haulwatch.tmpfiles.conf": "usr/lib/tmpfiles.d/haulwatch.conf",
}
LAUNCHER = """#!/opt/haulwatch/venv/bin/python -I
import sys

from agent.cli.main import main

sys.exit(main())
"""
CHANGELOG = """haulwatch ({version}) stable; urgency=medium

  * See CHANGELOG.md beside this file.

 -- {maintainer}  {date}
"""


def lay_tree(tree: Path, version: str) -> None:
    """Everything but the wheels and DEBIAN/."""
    for name, place in SERVICE.items():
        put(tree / place, (HERE.parent / name).read_text())
    put(tree / "usr/share/haulwatch/agent.sample.toml", (ROOT / "agent/agent.sample.toml").read_text())
    put(tree / "usr/share/lintian/overrides/haulwatch", (HERE / "lintian-overrides").read_text())
    for shell, place in COMPLETION.items():
        kind = get_completion_class(shell)
        if kind is not None:  # click knows these three
            put(tree / place, kind(haulwatch, {}, "haulwatch", "_HAULWATCH_COMPLETE").source() + "\n")
    for name, text in pages().items():
        pack(tree / f"usr/share/man/man1/{name}.gz", text)
    lay_documents(tree / "usr/share/doc/haulwatch", version)
    lay_environment(tree)


def lay_documents(folder: Path, version: str) -> None:
    """What Debian wants, and the documents with their pictures, to be read where there is no network."""
    said = CHANGELOG.format(version=version, maintainer=maintainer(), date=formatdate(epoch()))
    pack(folder / "changelog.gz", said)
    put(folder / "copyright", (HERE / "copyright").read_text())
    for file in sorted(ROOT.glob("docs/**/*")):
        if file.suffix in (".md", ".svg", ".png", ".jpg"):
            target = folder / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    for name in ("CHANGELOG.md", "README.md", "README.zh-CN.md"):
        put(folder / name, (ROOT / name).read_text())


def lay_environment(tree: Path) -> None:
    """The virtual environment without packages: Debian's python3 finds those of its own version in it."""
    venv = tree / VENV
    put(venv / "pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\n")
    put(venv / "bin/haulwatch", LAUNCHER).chmod(0o755)
    (venv / "bin/python").symlink_to("/usr/bin/python3")
    (venv / "bin/python3").symlink_to("python")
    for python in PYTHONS:
        put(venv / f"lib/python{python}/site-packages/common.pth", "../../common\n")
    (venv / "lib/common").mkdir()
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "usr/bin/haulwatch").symlink_to(Path("/", VENV, "bin/haulwatch"))


def lay_wheels(tree: Path, arch: str, scratch: Path) -> None:
    """Unpack the wheels for each Python, then move what they have in common."""
    uv = (sys.executable, "-m", "uv")
    run(*uv, "build", "-q", "--wheel", "--out-dir", scratch, ROOT)
    own = next(scratch.glob("haulwatch-*.whl"))
    folders = [tree / VENV / f"lib/python{python}/site-packages" for python in PYTHONS]
    for python, folder in zip(PYTHONS, folders, strict=True):
        target = ("--target", folder, "--python-version", python, "--python-platform", PLATFORMS[arch])
        install = (*uv, "pip", "install", "-q", "--no-deps", "--only-binary", ":all:", "--link-mode", "copy")
        run(*install, *target, "--require-hashes", "-r", HERE / "requirements.txt")
        run(*install, *target, own)
        shutil.rmtree(folder / "bin", ignore_errors=True)  # scripts of others, which name this machine
        (folder / ".lock").unlink(missing_ok=True)
    share(folders, tree / VENV / "lib/common")


def share(folders: list[Path], common: Path) -> None:
    """Move each distribution that is the same in all folders into `common`, file by file of its RECORD."""
    first, *others = folders
    for record in sorted(first.glob("*.dist-info/RECORD")):
        twins = [other / record.relative_to(first) for other in others]
        if any(not twin.exists() or twin.read_text() != record.read_text() for twin in twins):
            continue
        for name in list(recorded(record)):
            for folder in others:
                (folder / name).unlink()
            target = common / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (first / name).rename(target)
    for folder in folders:
        for below in sorted((f for f in folder.rglob("*") if f.is_dir()), reverse=True):
            if not any(below.iterdir()):
                below.rmdir()


def recorded(record: Path) -> Iterator[str]:
    """The files of a distribution, without scripts."""
    folder = record.parents[1]
    names = (line.rsplit(",", 2)[0].strip('"') for line in record.read_text().splitlines())
    yield from (name for name in names if not name.startswith("..") and (folder / name).is_file())


def lay_control(tree: Path, arch: str, version: str) -> None:
    """DEBIAN/ for what lies in the tree."""
    files = sorted(f for f in tree.rglob("*") if f.is_file() and not f.is_symlink())
    for file in files:
        file.chmod(0o755 if os.access(file, os.X_OK) and file.parent.name == "bin" else 0o644)
    for folder in (tree, *(f for f in tree.rglob("*") if f.is_dir() and not f.is_symlink())):
        folder.chmod(0o755)
    size = sum(-(-f.lstat().st_size // 1024) for f in tree.rglob("*"))
    sums = [f"{hashlib.md5(f.read_bytes()).hexdigest()}  {f.relative_to(tree)}" for f in files]  # noqa: S324
    text = (HERE / "control.in").read_text()
    put(
        tree / "DEBIAN/control",
        text.format(version=version, architecture=arch, maintainer=maintainer(), size=size),
    )
    put(tree / "DEBIAN/md5sums", "\n".join(sums) + "\n")
    put(tree / "DEBIAN/triggers", (HERE / "triggers").read_text())
    for script in ("postinst", "prerm", "postrm"):
        put(tree / f"DEBIAN/{script}", (HERE / script).read_text()).chmod(0o755)
    (tree / "DEBIAN").chmod(0o755)


def licences(tree: Path) -> str:
    """Name, version and licence of each distribution in the tree, a line each."""
    found = {}
    for file in (tree / VENV).rglob("*.dist-info/METADATA"):
        said = Parser().parsestr(file.read_text(errors="replace"))
        classified = [
            c.rpartition(" :: ")[2] for c in said.get_all("Classifier", []) if c.startswith("License")
        ]
        licence = (
            said["License-Expression"] or "; ".join(classified) or (said["License"] or "").split("\n")[0]
        )
        found[f"{said['Name']} {said['Version']}"] = licence or "see its files"
    return "".join(f"  {name}: {licence}\n" for name, licence in sorted(found.items()))


def put(file: Path, text: str) -> Path:
    """Write a file and the folders it lies in."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def pack(file: Path, text: str) -> None:
    """Write a file compressed, the same bytes each time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def run(*command: object) -> None:
    """Run a tool; ends the build when it fails."""
    subprocess.run([str(word) for word in command], check=True)


def maintainer() -> str:
    """As Debian's own tools are told it."""
    name, address = (
        os.environ.get("DEBFULLNAME", "Haulwatch"),
        os.environ.get("DEBEMAIL", "haulwatch@localhost"),
    )
    return f"{name} <{address}>"


def epoch() -> int:
    """The time that files get: SOURCE_DATE_EPOCH, else the commit's: equal sources, equal bytes."""
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    found = os.environ.get("SOURCE_DATE_EPOCH")
    return int(found or subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """The command."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--arch", choices=list(PLATFORMS), default="amd64")
    options.add_argument("--version", help="instead of the one in pyproject.toml")
    options.add_argument("--output", type=Path, default=ROOT / "build/deb")
    options.add_argument("--tree-only", action="store_true", help="no wheels, and no package: for tests")
    given = options.parse_args()
    version = given.version or tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    tree = given.output / f"haulwatch_{version}_{given.arch}"
    shutil.rmtree(tree, ignore_errors=True)
    lay_tree(tree, version)
    if not given.tree_only:
        scratch = given.output / "wheels"
        shutil.rmtree(scratch, ignore_errors=True)
        lay_wheels(tree, given.arch, scratch)
        copyright_file = tree / "usr/share/doc/haulwatch/copyright"
        put(copyright_file, copyright_file.read_text() + licences(tree))
    lay_control(tree, given.arch, version)
    if not given.tree_only:
        os.environ["SOURCE_DATE_EPOCH"] = str(epoch())
        run("dpkg-deb", "--build", "--root-owner-group", "-Zxz", "-z3", tree, given.output)
        print(given.output / f"{tree.name}.deb")


if __name__ == "__main__":
    main()
