"""`haulwatch commission` as a person at a terminal, and a tool, call it."""

import contextlib
import json
import os
import pty
import select
import subprocess
import sys
import time

PATIENCE_S = 60.0
ENGLISH = os.environ | {"LC_ALL": "en_US.UTF-8", "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}


def command(unit, *arguments):
    words = [sys.executable, "-m", "tests.commission.with_machine", str(unit.machine)]
    return [*words, "--config", str(unit.folder / "agent.toml"), *arguments]


def rows(unit, *arguments):
    """The exit code, a row for each step that was done, and the last row; nobody is asked."""
    words = command(unit, "--json", *arguments)
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_S, env=ENGLISH, check=False)
    assert done.stderr == "", done.stderr
    *steps, last = map(json.loads, done.stdout.splitlines())
    return done.returncode, {row["step"]: row for row in steps}, last


class Terminal:
    """A pty with the command on it."""

    def __init__(self, unit, *arguments, env=ENGLISH):
        self._master, slave = pty.openpty()
        ends = {"stdin": slave, "stdout": slave, "stderr": slave}
        self._process = subprocess.Popen(command(unit, *arguments), env=env, start_new_session=True, **ends)
        os.close(slave)
        self.text = ""
        self._read = 0

    def until(self, wanted):
        """Wait until it says so, after what was waited for before."""
        end = time.monotonic() + PATIENCE_S
        while wanted not in self.text[self._read :]:
            assert time.monotonic() < end, f"no {wanted!r} in\n{self.text[-3000:]}"
            self._more()
        self._read = self.text.index(wanted, self._read) + len(wanted)

    def say(self, line=""):
        os.write(self._master, f"{line}\n".encode())

    def interrupt(self):
        """Ctrl-C."""
        self._process.send_signal(2)

    def end(self):
        """Its exit code."""
        while self._more():
            pass
        os.close(self._master)
        return self._process.wait(PATIENCE_S)

    def _more(self):
        ready, _, _ = select.select([self._master], [], [], 0.5)
        part = b""
        with contextlib.suppress(OSError):  # the other side is closed
            part = os.read(self._master, 65536) if ready else b""
        self.text += part.decode(errors="replace")
        return bool(part) or self._process.poll() is None
