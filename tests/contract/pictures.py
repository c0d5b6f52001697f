"""Pictures as files and records, for tests of how they are sent, and a platform that looks."""

import hashlib
import json
import random
from pathlib import Path

from agent.model import PictureFile, PictureTaken
from agent.pictures.files import path_of, store
from agent.platform.subscriber import Platform
from agent.records import entry
from agent.rules.pictures import Pictures, advance

VEHICLE = "muck/truck-1"
ALL = {"media": "all"}


def content(size, seed=1):
    return random.Random(seed).randbytes(size)


def take(rig, subject, original=b"", overlay=None, **fields):
    """A picture on disk and on record; returns its SHA-256s."""
    group = fields.pop("group", "event")
    grave = fields.pop("grave", False)
    files = []
    for kind, bytes_ in (("original", original), ("overlay", overlay)):
        if bytes_ is None:
            files.append(None)
            continue
        store(rig.album / group / subject, kind, bytes_, None)
        files.append(PictureFile(hashlib.sha256(bytes_).hexdigest(), len(bytes_), 640, 480))
    now = rig.clock.mono_ns()
    seen = PictureTaken(now, "bed", subject, "load.changed", group, *files, "nothing", 1, now)
    album = Pictures(grave=(subject,)) if grave else Pictures()
    _, effects = advance(album, None, seen, on_duty=True)
    rig.journal.append([entry(effect, rig.clock.stamp()) for effect in effects])
    if getattr(rig, "uplink", None):
        rig.uplink.wake()
    return [file.sha256 if file else None for file in files]


def lies(rig, subject, sha256, kind="original", group="event") -> Path:
    """Where its file is."""
    return path_of(rig.album, group, subject, sha256, kind)


class Listening:
    """A platform that notes the topics as they come."""

    def __init__(self, port):
        self.platform = Platform(port)
        self.topics, self.manifests, self.chunks = [], [], {}
        self.platform.listen(self._note)

    def __enter__(self):
        self.platform.start()
        return self

    def __exit__(self, *_):
        self.platform.stop()

    def _note(self, topic, payload):
        levels = topic.split("/")[4:]
        self.topics.append("/".join(levels))
        if levels == ["media"]:
            self.manifests.append(json.loads(payload))
        elif levels[0] == "media":
            self.chunks.setdefault(levels[1], []).append((int(levels[2]), len(payload)))

    def verified(self, *names):
        return self.platform.wait_for(
            lambda v: VEHICLE in v and set(names) <= v[VEHICLE].pictures.verified.keys(), 40
        )

    @property
    def pictures(self):
        return self.platform.snapshot()[VEHICLE].pictures
