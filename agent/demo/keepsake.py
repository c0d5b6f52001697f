"""What the demo leaves: bundles and their verification, the flight recording, exports of the journal."""

import subprocess
import sys
from pathlib import Path

from agent.config_file import load_config
from agent.demo.verdict import Row
from agent.evidence.archive import pack, read
from agent.evidence.bundle import Sources, build
from agent.evidence.findings import Verdict
from agent.evidence.held import published, trusted_keys
from agent.evidence.overview import overview
from agent.evidence.report import page
from agent.evidence.setup import files_of, shelf_folder
from agent.evidence.shelf import Shelf
from agent.evidence.verify import verify
from agent.flight.against import Against
from agent.flight.differences import differences
from agent.flight.play import Player
from agent.flight.ring import folder_of, ring_at
from agent.flight.save import save
from agent.flight.segment import pieces
from agent.settings import pictures_folder, rule_set
from buffer.survey import Survey

RECORDING = "recording.flight"
_FORMS = ("jsonl", "geojson", "gpx", "csv")


def bundles(folder: Path, messages: Path) -> Row:
    """Export each accusation into `folder`/bundles and verify it with what the platform received."""
    config = load_config(folder / "agent.toml")
    sources = Sources(
        f"{config.unit.fleet}/{config.unit.vehicle}",
        pictures_folder(config),
        Shelf(shelf_folder(config)),
        files_of(config).key,
    )
    target = folder / "bundles"
    target.mkdir(exist_ok=True)
    with Survey(config.journal.path) as survey:
        subjects = list(dict.fromkeys(row.subject for row in overview(survey)))
        made = {s: pack(build(survey, sources, survey.about(s, "event")[0])) for s in subjects}
    words = []
    for subject, content in made.items():
        bundle = target / f"{subject}.zip"
        bundle.write_bytes(content)
        words.append(_verified(bundle, messages).text)
    told = ", ".join(words) or "-"
    genuine = bool(words) and all(word == "genuine" for word in words)
    return Row("evidence", f"{len(subjects)} accused", f"{len(words)} sealed: {told}", genuine)


def exports(folder: Path) -> None:
    """The journal in every form that `haulwatch journal export` has, in `folder`/exports."""
    target = folder / "exports"
    target.mkdir(exist_ok=True)
    for form in _FORMS:
        command = [sys.executable, "-I", "-m", "agent", "journal", "export", "--format", form]
        command += ["--path", str(folder / "journal.db")]
        with (target / f"journal.{form}").open("wb") as file:
            subprocess.run(command, stdout=file, check=True)


def recording(folder: Path) -> Row:
    """The flight recording as one file, played again and compared with the journal."""
    config = load_config(folder / "agent.toml")
    target = folder / RECORDING
    with target.open("wb") as file:
        save(ring_at(folder_of(config)), file, 0, None)
    player, journal = Player(rule_set()), Against(config.journal.path)
    played = list(player.play(pieces(target)))
    held = list(journal.bodies(player.spans))
    found = [d for d in differences(held, played) if journal.judged(d, player.spans)]
    told = f"{len(played)} records played again, {len(found) or 'none'} differ"
    return Row("replay", f"{len(held)} records", told, bool(played) and not found and not player.faults)


def _verified(bundle: Path, messages: Path) -> Verdict:
    """As the platform would, which holds its own messages; a page about it lies beside the bundle."""
    files, packed = read(bundle)
    verdict = verify(files, trusted_keys(messages), published(messages), packed=packed)
    bundle.with_suffix(".html").write_text(page(files, verdict, bundle.name))
    return verdict
