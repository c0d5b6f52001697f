"""`haulwatch bundle`: all that support needs, no secret, and what is personal only when it is asked for."""

import base64
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.bundle.part import Missing, Part, command, made
from agent.bundle.scrub import Scrubber
from agent.config_file import parse_config
from agent.trust.keys import new_key
from tests.doctor.unit import toml, write

ALWAYS = {
    *("status.json", "config.json", "packages.json", "machine.json", "usb.json"),
    *("kernel.log", "service.log", "doctor.jsonl", "missing.json"),
}
PLACE = re.compile(rb"(?<![\d.])(31\.2|121\.4)\d{3,}")
PLANTED = {
    "username_file": "city-user-7",
    "password_file": 'g3heim/&%"wort',
    "camera": "kamera wort 9",
    "short": "pw1",
}

pytestmark = pytest.mark.timeout(300)


def _tool(folder: Path, name: str, script: str) -> None:
    """A program of the system that says what it is told to."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def planted(variant):
    """Secrets in every file that may hold one, and in what the system's logs say."""
    folder, key = variant.folder, new_key()
    key.write(folder / "unit.key")
    pem = (folder / "unit.key").read_text()
    for name, secret in PLANTED.items():
        write(folder / name, secret + "\n")
        (folder / name).chmod(0o600)
    sink = variant.tables["sinks"][0]
    sink |= {name: folder / name for name in ("username_file", "password_file")}
    variant.tables["sinks"].append({"name": "fleet", "url": sink["url"], "password_file": folder / "short"})
    variant.tables["cameras"][0] |= {"username": "viewer-12", "password_file": folder / "camera"}
    variant.tables["journal"]["path"] = variant.unit.state / "journal.db"
    login = base64.b64encode(f"viewer-12:{PLANTED['camera']}".encode()).decode()
    lines = [
        "INFO agent: connected",
        f"WARNING camera bed: rtsp://viewer-12:{quote(PLANTED['camera'], safe='')}@10.0.0.9/ch1",
        f"DEBUG Authorization: Basic {login}",
        f"DEBUG {json.dumps(dict(PLANTED))}",
        f"DEBUG login with {PLANTED['short']}, then {PLANTED['password_file']}",
        "token=abcdef0123456789 password: hunter22",
        "INFO fix at 31.230412, 121.473701",
        pem,
        (variant.unit.state / "device.key").read_text(),
    ]
    write(folder / "log", "\n".join(lines))
    _tool(folder / "bin", "journalctl", f"cat {folder / 'log'}")
    _tool(folder / "bin", "dmesg", f"cat {folder / 'log'}")
    secrets = [*PLANTED.values(), "viewer-12", "abcdef0123456789", "hunter22", login]
    keys = pem + (variant.unit.state / "device.key").read_text()
    secrets += [line for line in keys.splitlines() if not line.startswith("-----")]
    return variant, secrets


def bundle(variant, *arguments):
    """The archive's files, and what was printed."""
    out = variant.folder / "out.zip"
    config = write(variant.folder / "variant.toml", toml(variant.tables))
    command = [sys.executable, "-I", "-m", "agent", "bundle", str(out), "--config", config, *arguments]
    path = f"{variant.folder / 'bin'}:{os.environ['PATH']}"
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=100, check=False, env=os.environ | {"PATH": path}
    )
    assert (done.returncode, done.stderr) == (0, "")
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}, done.stdout


def _forms(secret):
    raw = secret.encode()
    json_text = json.dumps(secret)[1:-1].encode()
    return {raw, quote(secret, safe="").encode(), json_text, base64.b64encode(raw)}


def test_no_secret_leaves_whoever_wrote_it(planted):
    variant, secrets = planted
    files, said = bundle(variant, "--with-personal-data", "--json")
    assert set(files) == ALWAYS | {"fixes.jsonl", "pictures/bed.jpg", "pictures/cab.jpg"}
    assert json.loads(said)["missing"] == json.loads(files["missing.json"]) == {}
    everything = b"\n".join([*files.values(), said.encode()])
    for secret in secrets:
        assert not [form for form in _forms(secret) if form in everything], secret
    assert b"PRIVATE KEY" not in everything
    assert b"connected" in files["service.log"]
    assert str(variant.folder / "password_file").encode() in files["config.json"]  # where it is may be known
    assert files["pictures/bed.jpg"].startswith(b"\xff\xd8")
    fixes = [json.loads(line) for line in files["fixes.jsonl"].splitlines()]
    assert fixes[-1]["lat"] == pytest.approx(31.23, abs=0.1)
    findings = [json.loads(line) for line in files["doctor.jsonl"].splitlines()]
    assert {f["code"] for f in findings if f["level"] == "fail"} == set()
    assert json.loads(files["status.json"])["sinks"]["city"]["connected"]


def test_what_is_personal_is_left_out(planted):
    variant, _ = planted
    files, said = bundle(variant)
    assert set(files) == ALWAYS
    assert not [name for name, content in files.items() if PLACE.search(content)]
    assert b"fix at [removed], [removed]" in files["service.log"]
    assert "sha256" in said


def test_without_the_daemon(stopped):
    stopped.tables["cameras"][0]["source"] = "/dev/no-such-camera"
    files, said = bundle(stopped, "--with-personal-data")
    assert "the daemon does not answer" in json.loads(files["status.json"])["error"]
    missing = json.loads(files["missing.json"])
    assert missing.keys() >= {"fixes.jsonl", "pictures/bed.jpg"}
    assert "no such device" in missing["pictures/bed.jpg"]
    assert "without fixes.jsonl: there is no journal yet" in said
    assert "pictures/cab.jpg" not in files  # nobody would make the driver unrecognisable
    assert json.loads(files["doctor.jsonl"].splitlines()[0])["code"] == "config.file"


def test_a_place_that_cannot_be_written(tmp_path):
    config = write(tmp_path / "agent.toml", toml({"unit": {"fleet": "f", "vehicle": "v"},
                                                  "gnss": {"source": "/dev/no-such-port"}}))  # fmt: skip
    command = [sys.executable, "-I", "-m", "agent", "bundle", "/dev/null/out.zip", "--config", config]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert "name another file as OUT" in done.stderr


def test_what_came_before_the_soft_time_out_is_kept(tmp_path):
    _tool(tmp_path, "slow", "echo first; sleep 60")
    assert made(Part("x", command(str(tmp_path / "slow")), 0.5, 30.0)) == b"first\n"


def test_a_program_that_does_not_listen_is_killed(tmp_path):
    _tool(tmp_path, "deaf", "trap '' TERM; echo first; while :; do sleep 1; done")
    assert made(Part("x", command(str(tmp_path / "deaf")), 0.5, 30.0)) == b"first\n"


def test_a_part_that_never_ends_is_left_behind():
    with pytest.raises(Missing, match=r"not there within 0.4 s"):
        made(Part("x", lambda _: threading.Event().wait(60) and b"", 0.2, 0.4))


def test_a_part_that_fails_says_why():
    with pytest.raises(Missing, match="ZeroDivisionError"):
        made(Part("x", lambda _: bytes(1 // 0)))


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=6, max_size=40))
def test_any_secret_is_taken_out_in_every_form(tmp_path_factory, secret):
    folder = tmp_path_factory.mktemp("scrub")
    (folder / "secret").write_text(secret)
    config = parse_config(
        {
            "unit": {"fleet": "f", "vehicle": "v"},
            "gnss": {"source": "/dev/ttyUSB0"},
            "journal": {"path": str(folder / "journal.db")},
            "sinks": [{"name": "c", "url": "mqtt://h", "password_file": str(folder / "secret")}],
        },
        "x",
    )
    text = b" ".join(b"says " + form + b" and" for form in sorted(_forms(secret)))
    cleaned = Scrubber(config, places=False).clean("x.log", text)
    if secret.encode() not in b"says [removed] and [removed]@":
        assert secret.encode() not in cleaned
