"""What judges the pictures."""

from pathlib import Path

from agent.doctor.findings import Check, Verdict, fault, fault_if, ok, skip
from agent.doctor.patient import Patient, bodies, cameras
from agent.errors import ModelError
from agent.vision.manifest import SHIPPED, read_manifest, read_model

_STATES = ("empty", "covered", "uncovered")  # that can be taught


def _file(p: Patient) -> Verdict:
    path = Path(p.config.vision.model or SHIPPED)
    try:
        manifest = read_manifest(path)
        read_model(path, manifest)
    except ModelError as e:
        return fault(why=f"{e.where}: {e.what}")
    return ok(manifest.version)


def _runs(p: Patient) -> Verdict:
    if not cameras(p):
        return skip("none")
    why = p.vision().model
    return fault_if(why, why=why)


def _shadow(p: Patient) -> Verdict:
    if p.config.vision.shadow is None or not cameras(p):
        return skip("none")
    why = p.vision().shadow
    return fault_if(why, why=why)


def _teaching(p: Patient, camera: str) -> Verdict:
    """All three states or none: part of them corrects next to nothing."""
    folder = p.config.vision.teaching / camera
    missing = [state for state in _STATES if not any((folder / state).glob("*.jpg"))]
    return fault_if(0 < len(missing) < len(_STATES), missing=", ".join(missing))


def _faces(p: Patient) -> Verdict:
    file = p.config.privacy.face_model
    return skip("none") if file is None else fault_if(not file.is_file(), file=file)


CHECKS = (
    Check("model.file", _file),
    Check("model.runs", _runs, needs=("model.file", "unit.answer")),
    Check("model.shadow", _shadow, needs=("model.runs",)),
    Check("model.teaching", _teaching, bodies),
    Check("model.faces", _faces),
)
