"""What the page sees and does of the unit: over the daemon's socket, its configuration and its folders."""

import base64
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import msgspec

from agent.config import Camera, Config
from agent.config_edit import changed_entry, read, replace
from agent.config_file import load_config
from agent.errors import ConfigError, PlatformMissing
from agent.language import Language
from agent.local_socket import ask
from agent.vision.judge import Judge
from agent.vision.teaching import TaughtState, Teaching
from drivers.camera.jpeg import decode

Roi = tuple[tuple[float, float], ...]
_DOCTOR_S = 60.0


class Unit:
    """One unit. Its methods block, and serve any thread; they raise AgentError with what to do."""

    def __init__(self, config: Path) -> None:
        self._path = config
        self._judge: Judge | None = None
        self._lock = threading.Lock()

    @property
    def config(self) -> Config:
        """As the file is now; raises ConfigError."""
        return load_config(self._path)

    def status(self) -> dict[str, Any]:
        """See `haulwatch status --json`."""
        return ask(self.config.status.socket, {"ask": "status"})

    def findings(self, language: Language) -> list[dict[str, Any]]:
        """See `haulwatch doctor --json`, a process of its own, as it opens devices."""
        command = [sys.executable, "-I", "-m", "agent", "doctor", "--config", str(self._path)]
        command += ["--lang", language, "--json"]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_DOCTOR_S, check=False)
        except subprocess.TimeoutExpired as e:
            raise PlatformMissing("took too long", where="doctor", remedy="run `haulwatch doctor`") from e
        if done.returncode not in (0, 1):
            said = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
            raise PlatformMissing(said, where="doctor", remedy="run `haulwatch doctor`")
        return [msgspec.json.decode(line, type=dict[str, Any]) for line in done.stdout.splitlines()]

    def cameras(self) -> list[dict[str, Any]]:
        """The cameras that are on: name, role, corners."""
        on = [camera for camera in self.config.cameras if camera.on]
        return [{"name": c.name, "role": c.role, "roi": [list(corner) for corner in c.roi]} for c in on]

    def picture(self, camera: str) -> bytes:
        """A fresh JPEG; in a cab people are unrecognisable."""
        self._camera(camera)
        answer = ask(self.config.status.socket, {"ask": "snapshot", "camera": camera}, 15.0)
        if "jpeg" not in answer:
            raise PlatformMissing(str(answer.get("error", answer)), where=camera, remedy="see the doctor")
        return base64.b64decode(answer["jpeg"])

    def verdict(self, camera: str, jpeg: bytes, roi: Roi) -> dict[str, Any]:
        """What the model says of a picture with these corners, taught as the unit is."""
        self._camera(camera, body=True)
        image = decode(jpeg)
        if image is None:
            raise PlatformMissing("the picture cannot be read", where=camera, remedy="take another one")
        with self._lock:
            if self._judge is None:
                vision = self.config.vision
                self._judge = Judge.load(vision.model, vision.teaching, vision.runtime)
            found = self._judge.judge(camera, image, roi)
        return {"state": found.state, "p": msgspec.to_builtins(found.p), "reason": found.reason}

    def keep_roi(self, camera: str, roi: Roi) -> str:
        """Write corners into the configuration and have the daemon take them; the backup's name."""
        self._camera(camera, body=True)
        if not 3 <= len(roi) <= 12 or not all(0 <= v <= 1 for corner in roi for v in corner):
            raise ConfigError("these are no corners", where=camera, remedy="3 to 12 pairs from 0 to 1")
        old = read(self._path)
        corners = [[round(x, 4), round(y, 4)] for x, y in roi]
        backup = replace(self._path, changed_entry(old, camera, {"roi": corners}, str(self._path)))
        ask(self.config.status.socket, {"ask": "reload"}, 30.0)
        return backup.name

    def teach(self, camera: str, state: TaughtState, jpeg: bytes) -> dict[str, int]:
        """Keep a picture as confirmed; how many there are of each state."""
        spec, image = self._camera(camera, body=True), decode(jpeg)
        if image is None:
            raise PlatformMissing("the picture cannot be read", where=camera, remedy="take another one")
        teaching = Teaching(self.config.vision.teaching)
        try:
            teaching.keep(camera, state, image, spec.roi)
        except (OSError, ValueError) as e:
            remedy = "run as the daemon's user, or forget some with `haulwatch camera teach --forget`"
            raise PlatformMissing(str(e), where=str(teaching.folder), remedy=remedy) from e
        return self.taught(camera)

    def taught(self, camera: str) -> dict[str, int]:
        """How many pictures there are of each state."""
        counts = {"empty": 0, "covered": 0, "uncovered": 0}
        for crop in Teaching(self.config.vision.teaching).crops(camera):
            counts[crop.state] += 1
        return counts

    def _camera(self, name: str, *, body: bool = False) -> Camera:
        for camera in self.config.cameras:
            if camera.name == name and camera.on and (camera.role == "body" or not body):
                return camera
        raise PlatformMissing("no such camera", where=name, remedy="see `haulwatch camera list`")
