"""The cameras' pictures, the corners in them, what they are judged to show, and what was taught.

Only body cameras are pictured: nobody in the cab leaves the vehicle on a sheet. Faces are made unrecognisable
by the detector, if the unit has one; without one all is that lies outside of the bed.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from agent.commission.bench import Bench
from agent.commission.state import Figure, Measured, Shot
from agent.config import Camera
from agent.doctor.findings import Finding
from agent.errors import AgentError, ModelError
from agent.shot import take
from agent.vision.manifest import SHIPPED, read_manifest
from drivers.errors import DriverError

if TYPE_CHECKING:
    from agent.vision.faces import FaceFinder
    from drivers.camera.jpeg import Image

_STATES = ("empty", "covered", "uncovered")
_WIDE, _QUALITY = 640, 80
_PATIENCE_S = 12.0


def cameras(bench: Bench) -> Measured:
    """Whether pictures come, as often and as large as they should; one of each body camera."""
    findings = list(bench.examined("camera"))
    figures, shots = [], list[Shot]()
    looked = bench.heard(lambda patient: patient.vision())
    for name, health in (looked.cameras if looked else {}).items():
        if health.connected:
            figures += [
                Figure("size", f"{health.width}x{health.height}", name),
                Figure("fps", health.fps, name),
            ]
    for camera in bodies(bench):
        image = picture(bench, camera, findings)
        if image is not None:
            shots.append(_kept(bench, camera, "view", image))
    return Measured(tuple(figures), tuple(shots), findings=tuple(findings))


def roi(bench: Bench) -> Measured:
    """The corners of the bed, drawn into a picture."""
    findings = list(bench.examined("roi"))
    figures, shots = [], list[Shot]()
    for camera in bodies(bench):
        share = f"{_area(camera.roi):.0%}" if camera.roi else "none"
        reference = (bench.config.vision.references / f"{camera.name}.png").is_file()
        figures += [Figure("corners", share, camera.name), Figure("reference", reference, camera.name)]
        image = picture(bench, camera, findings)
        if image is not None:
            shots.append(_kept(bench, camera, "corners", image))
    return Measured(tuple(figures), tuple(shots), findings=tuple(findings))


def teaching(bench: Bench) -> Measured:
    """What was taught of each body camera, and what the model says of what it sees now."""
    findings = list(bench.examined("model"))
    vision, figures = bench.config.vision, list[Figure]()
    try:
        figures.append(Figure("model", read_manifest(vision.model or SHIPPED).version))
    except AgentError:
        return Measured(findings=tuple(findings))  # the self-test says why
    for camera in bodies(bench):
        counts = [len(list((vision.teaching / camera.name / state).glob("*.jpg"))) for state in _STATES]
        told = ", ".join(f"{count} {state}" for count, state in zip(counts, _STATES, strict=True))
        figures.append(Figure("taught", told, camera.name))
        if not any(counts):  # of a part the self-test speaks
            facts = {"missing": ", ".join(_STATES)}
            findings.append(Finding("commission.untaught", "warn", camera.name, facts))
        image = picture(bench, camera, findings)
        if image is not None:
            figures += _verdict(bench, camera, image)
    return Measured(tuple(figures), findings=tuple(findings))


def bodies(bench: Bench) -> list[Camera]:
    """The cameras that see the load."""
    return [camera for camera in bench.config.cameras if camera.on and camera.role == "body"]


def picture(bench: Bench, camera: Camera, findings: list[Finding]) -> "Image | None":
    """A fresh picture; None, and a finding unless the self-test has one, where none comes."""
    if any(f.code.startswith("camera.") and f.subject == camera.name and f.level == "fail" for f in findings):
        return None
    try:
        return take(None, camera.name, bench.path, _PATIENCE_S * bench.pace)[0].full()
    except (AgentError, DriverError, ValueError) as e:
        why = getattr(e, "what", None) or str(e)
        findings.append(Finding("commission.picture", "fail", camera.name, {"why": why}))
        return None


def _kept(bench: Bench, camera: Camera, what: str, image: "Image") -> Shot:
    """A picture for the sheet, no wider than it shows there; and as it is, for whoever is here."""
    import cv2

    from agent.vision import conceal
    from agent.vision.rim import drawn
    from drivers.camera.jpeg import encode

    height, width = image.shape[:2]
    size = (min(width, _WIDE), max(1, round(height * min(width, _WIDE) / width)))
    plain = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype("uint8")
    hidden, faces = plain.copy(), _faces(bench)
    if faces is None:
        conceal.outside(hidden, camera.roi)
    else:
        conceal.boxes(hidden, faces.find(plain))
    if what == "corners":
        plain, hidden = drawn(plain, camera.roi), drawn(hidden, camera.roi)
    bench.store.show(camera.name, what, encode(plain, _QUALITY))
    jpeg = encode(hidden, _QUALITY)
    how: Literal["faces", "outside"] = "outside" if faces is None else "faces"
    return Shot(camera.name, what, bench.store.keep_picture(jpeg), len(jpeg), how)


def _faces(bench: Bench) -> "FaceFinder | None":
    """The configured detector; one that can't be loaded counts as none, and the self-test says so."""
    from agent.vision.faces import FaceFinder

    file = bench.config.privacy.face_model
    try:
        return None if file is None else FaceFinder.load(file)
    except ModelError:
        return None


def _verdict(bench: Bench, camera: Camera, image: "Image") -> list[Figure]:
    """The model's word on a picture, and how sure it is, or why it has none."""
    from agent.vision.judge import Judge

    vision = bench.config.vision
    found = Judge.load(vision.model, vision.teaching, vision.runtime).judge(camera.name, image, camera.roi)
    if found.p is None:
        return [Figure("verdict", f"{found.state}, {found.reason}", camera.name)]
    sure = max(float(getattr(found.p, name)) for name in (*_STATES, "partly"))
    return [Figure("verdict", found.state, camera.name), Figure("sure", round(sure, 2), camera.name)]


def _area(roi: tuple[tuple[float, float], ...]) -> float:
    around = pairwise([*roi, roi[0]])
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in around)) / 2
