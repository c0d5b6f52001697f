"""Warnings in the cab: what is said, and hooks that work, fail, hang and are missing; real programs."""

import io
import json
import threading
import time
import wave
from pathlib import Path

import pytest

from agent.cab.herald import Herald
from agent.cab.hooks import CabSetup
from agent.cab.programs import NO_PLAYER
from agent.cab.texts import text_of
from agent.cab.tone import tone
from agent.config_switches import KINDS
from agent.model import Warn
from drivers.clock import SystemClock

WARN = Warn("uncovered_load", "uncovered_load-b00t-7", 15.0)


@pytest.fixture
def give():
    """Gives a warning by these hooks; returns what became of each, and the herald's own count."""

    def giving(warn=WARN, **setup):
        said, stop = [], threading.Event()
        herald = Herald(CabSetup(**({"sound": False} | setup)), SystemClock(0), said.append)
        wanted = sum(bool(setup.get(hook)) for hook in ("sound", "command", "file", "gpio"))
        thread = threading.Thread(target=herald.run, args=(stop, lambda: None))
        thread.start()
        herald.order(warn)
        end = time.monotonic() + 60
        while len(said) < wanted and time.monotonic() < end:
            time.sleep(0.02)
        stop.set()
        thread.join(60)
        return {told.hook: told for told in said}, herald.status

    return giving


def test_every_kind_has_its_words_in_both_languages():
    texts = [text_of(kind, language) for kind in KINDS for language in ("zh", "en")]
    assert len(set(texts)) == 2 * len(KINDS)
    assert "篷布" in text_of("uncovered_load", "zh")
    assert text_of("something_new", "zh")


def test_the_tone_is_a_sound_file():
    with wave.open(io.BytesIO(tone())) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        frames = file.readframes(file.getnframes())
        assert 1.0 < file.getnframes() / file.getframerate() < 3.0
    assert len(set(frames)) > 100


def test_a_program_gets_the_text_and_the_facts(tmp_path, give):
    script = f'cat > {tmp_path}/facts; echo "$1" > {tmp_path}/text'
    told, status = give(command=("/bin/sh", "-c", script, "warn"))
    assert told["command"].ok
    assert (tmp_path / "text").read_text().strip() == text_of("uncovered_load", "zh")
    facts = json.loads((tmp_path / "facts").read_text())
    assert facts["subject"] == WARN.subject
    assert facts["en"].startswith("Attention")
    assert (status.given, status.failed) == (1, 0)


def test_a_program_that_hangs_is_killed_with_its_children_and_touches_no_other_hook(tmp_path, give):
    pid = tmp_path / "pid"
    script = f"sleep 1000 & echo $! > {pid}; wait"
    told, status = give(command=("/bin/sh", "-c", script), file=tmp_path / "shown", timeout_s=1.0)
    assert (told["command"].ok, told["command"].reason) == (False, "not done within 1 s, ended")
    assert told["file"].ok
    assert json.loads((tmp_path / "shown").read_text())["kind"] == "uncovered_load"
    child = Path("/proc") / pid.read_text().strip() / "stat"
    assert not child.exists() or child.read_text().split()[2] == "Z"
    assert (status.failed, status.reason) == (1, "not done within 1 s, ended")


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("/bin/sh", "-c", "exit 3"), "/bin/sh: exit status 3"),
        (("/no/such/program",), "/no/such/program: No such file or directory"),
    ],
    ids=["fails", "missing"],
)
def test_a_program_that_fails_says_why(give, command, says):
    told, _ = give(command=command)
    assert told["command"].reason == says


def test_a_file_that_cannot_be_written_says_why(tmp_path, give):
    told, _ = give(file=tmp_path / "no" / "file")
    assert "No such file" in told["file"].reason


def test_a_lamp_is_on_for_a_while(tmp_path, give):
    lamp = tmp_path / "lamp"
    lamp.write_text("0\n")
    told, _ = give(gpio=f"value:{lamp}", gpio_s=0.3)
    assert told["gpio"].ok
    assert told["gpio"].seconds >= 0.3
    assert lamp.read_text() == "0\n"
    told, _ = give(gpio=f"value:{tmp_path}/none")
    assert not told["gpio"].ok


def program(folder, name, body):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def test_it_is_spoken_or_else_a_tone_is_played(tmp_path, give, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    told, _ = give(sound=True)
    assert told["sound"].reason == NO_PLAYER
    program(tmp_path, "aplay", f"/bin/cp $2 {tmp_path}/played")
    told, _ = give(sound=True)
    assert told["sound"].ok
    assert (tmp_path / "played").read_bytes() == tone()
    program(tmp_path, "espeak-ng", f'echo "$2 $9" > {tmp_path}/spoken; echo speech > "$8"')
    told, _ = give(sound=True)
    assert told["sound"].ok
    assert (tmp_path / "played").read_text() == "speech\n"
    assert (tmp_path / "spoken").read_text().split() == [
        "cmn-latn-pinyin",
        text_of("uncovered_load", "zh"),
    ]
    program(tmp_path, "espeak-ng", "exit 1")
    told, _ = give(sound=True)
    assert told["sound"].ok, "there is no voice for it, but a tone"
    assert (tmp_path / "played").read_bytes() == tone()
    program(tmp_path, "aplay", "exit 2")
    told, _ = give(sound=True)
    assert told["sound"].reason == "espeak-ng: exit status 1; aplay: exit status 2"
