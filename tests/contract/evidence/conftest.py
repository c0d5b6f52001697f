"""A unit that has accused somebody: a real journal, real pictures, a real key, and its bundle."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from agent.evidence import signer
from agent.evidence.archive import Files
from agent.evidence.bundle import Sources, build
from agent.evidence.device import Files as KeyFiles
from agent.evidence.device import device_key, rotate
from agent.evidence.gather import gather
from agent.evidence.shelf import Shelf
from agent.evidence.statement import anchor, canonical, objection
from agent.model import Attested, Disputed, Emit, KeyTurned, PictureFile, PictureTaken, Seal, Settings
from agent.model_evidence import Device, Signed
from agent.pictures.files import store
from agent.records import entry
from agent.rules.evidence import Case, Evidence, advance
from agent.rules.pictures import Pictures
from agent.rules.pictures import advance as pictured
from agent.trust.keys import new_key
from buffer.journal import Journal
from buffer.records import Entry
from buffer.survey import Survey
from drivers.clock import Stamp
from tests.fresh import fresh

BOOT = "0b0e7a52-1111-4222-8333-444455556666"
UTC_NS = 1_796_000_000 * 10**9
S = 10**9
SETTINGS = msgspec.convert(
    {
        **dict.fromkeys(
            [f for f in Settings.__struct_fields__ if f.endswith(("_s", "_m", "_mps")) or "fps" in f], 1.0
        ),
        "mono_ns": 0,
        "boot": BOOT[:8],
        "hash": "h",
        "body_cameras": ["bed"],
        "cab_cameras": ["cab"],
        "sinks": ["city"],
        "zones": [],
        "smoothing": {},
        "max_hdop": 5.0,
        "not_before_ns": 0,
        "around_s": 20.0,
    },
    Settings,
)


class Unit:
    """Seconds are those since its boot; `accuse` leaves an episode that is sealed and anchored."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.keys = folder, KeyFiles(folder)
        self.pictures, self.shelf = folder / "pictures", Shelf(folder / "evidence")
        self.journal = Journal.open(fresh(folder / "journal.db"), BOOT, max_bytes=10**7, min_free_bytes=0)
        new_key().write(self.keys.key)
        self.device: Device = device_key(self.keys)
        self.settings = msgspec.structs.replace(SETTINGS, device=self.device, identity={"agent": "9.9"})
        self.emit(0.0, Emit("life", "birth", "unit", {"device": msgspec.to_builtins(self.device)}))

    def emit(self, second: float, *effects: object) -> None:
        at = round(second * S)
        stamp = Stamp(BOOT, at, UTC_NS + at, "gnss")
        self.journal.append([entry(e, stamp) for e in effects if isinstance(e, Emit)])

    def fix(self, second: float) -> None:
        at = round(second * S)
        payload = b'{"hdop":1,"lat":31.2,"lon":121.4,"mode":"3d","speed":14}'
        self.journal.append([Entry("track", "fix", "unit", payload, at, UTC_NS + at, "gnss")])

    def picture(
        self, second: float, subject: str, kind: str, *, group: str = "event", cab: bool = False
    ) -> None:
        files = {}
        for name in ("original", "overlay"):
            content = f"jpeg of {subject} {kind} {second} {name} {cab}".encode()
            sha256 = store(self.pictures / group / subject, name, content, UTC_NS)  # type: ignore[arg-type]
            files[name] = PictureFile(sha256, len(content), 640, 480)
        at = round(second * S)
        camera = "cab" if cab else "bed"
        seen = PictureTaken(
            at,
            camera,
            subject,
            kind,
            group,
            files["original"],
            files["overlay"],
            "nothing",
            1,
            at,  # type: ignore[arg-type]
        )
        self.emit(second, *pictured(Pictures(), self.settings, seen, on_duty=True)[1])

    def attest(self, second: float, why: str = "sealed") -> None:
        head, counts = self.journal.proofs.chain()
        at = {"boot": BOOT, "mono_us": round(second * 1e6), "utc_us": UTC_NS // 1000, "clock": "gnss"}
        statement = anchor("muck/truck-1", self.journal.generation, head, counts, at)
        answer = signer.sign(self.keys.key, canonical(statement))
        seen = Attested(round(second * S), why, Signed(statement, answer.kid, answer.sig))  # type: ignore[arg-type]
        self.emit(second, *advance(Evidence(), self.settings, seen)[1])

    def seal(self, second: float, subject: str, kind: str, at: float) -> None:
        wish = Seal(subject, kind, BOOT[:8], round(at * S), 20.0)
        found = gather(wish, self.journal.proofs.records, self.journal.last, self.shelf, round(second * S))
        case = Case(subject, kind, BOOT[:8], round(at * S))
        self.emit(second, *advance(Evidence((case,)), self.settings, found)[1])

    def accuse(self, subject: str = "uncovered_load-0b0e7a52-30000000", at: float = 30.0) -> str:
        kind = "uncovered_load.started"
        for second in range(int(at) - 30, int(at) + 25, 5):
            self.fix(second)
        self.emit(at - 25, Emit("coverage", "gap.started", "gap-1", {"source": "link:city", "why": "link"}))
        self.picture(at - 5, f"load-{subject[-8:]}", "load.changed")
        self.emit(at, Emit("event", kind, subject, {"since_us": 25}, "violation"))
        self.picture(at, subject, kind)
        self.picture(at + 2, subject, kind, group="cab", cab=True)
        self.emit(at + 5, Emit("coverage", "gap.ended", "gap-1", {"source": "link:city", "why": "link"}))
        self.seal(at + 25, subject, kind, at)
        self.attest(at + 26)
        return subject

    def dispute(self, second: float, subject: str) -> None:
        answered = signer.sign(
            self.keys.key, canonical(said := objection("e", "h", "not my truck", "a", "t"))
        )
        signed = Signed(said, answered.kid, answered.sig)
        seen = Disputed(round(second * S), subject, signed, self.device.key)
        self.emit(second, *advance(Evidence(), self.settings, seen)[1])

    def rotate(self, second: float) -> None:
        turn = rotate(self.keys, "muck/truck-1", datetime(2026, 12, 1, tzinfo=UTC))
        self.keys.turn.unlink()
        seen = KeyTurned(round(second * S), turn)
        self.emit(second, *advance(Evidence(), self.settings, seen)[1])

    def sources(self) -> Sources:
        return Sources("muck/truck-1", self.pictures, self.shelf, self.keys.key)

    def bundle(self, subject: str) -> Files:
        with Survey(self.journal.path) as survey:
            return build(survey, self.sources(), survey.about(subject, "event")[0])


@pytest.fixture
def unit(tmp_path: Path):
    made = Unit(tmp_path)
    yield made
    made.journal.close()


@pytest.fixture(scope="module")
def accused(tmp_path_factory: pytest.TempPathFactory):
    """A unit with one accusation, shared by tests that only read it; its subject; its bundle."""
    unit = Unit(tmp_path_factory.mktemp("unit"))
    subject = unit.accuse()
    yield unit, subject, unit.bundle(subject)
    unit.journal.close()


@pytest.fixture(scope="session")
def unit_at() -> Callable[[Path], Unit]:
    """Makes a unit in a folder."""
    return Unit
