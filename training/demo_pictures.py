"""The simulated camera's pictures: python -m training.demo_pictures --held-out DIR... --unseen DIR...

Taken from held-out scenes of training renders and from renders never trained on, by the camera behind the
cab, cut to the bed. Of each label those are kept that the shipped model is surest of and right about, also
after the simulated camera's enlarging and JPEG: for a demo, not a test of accuracy. The first of each label
is shown by the simulated camera in turn and must look enough alike for the health check: run the demo before
you keep new ones. The cab is drawn.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from agent.vision.judge import Judge
from agent.vision.preprocess import crop_bed
from training.pictures import Render, find

WANTED = {"empty": 3, "covered": 4, "uncovered": 4}
LEAST = 0.85
OUT = Path(__file__).parents[1] / "drivers" / "sim" / "pictures"


def main() -> None:
    """Choose, write and say how many there were to choose from."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--held-out", type=Path, nargs="+", default=[])
    parser.add_argument("--unseen", type=Path, nargs="+", default=[])
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    renders = [r for folder in options.held_out for r in find(folder) if r.held_out]
    renders += [r for folder in options.unseen for r in find(folder)]
    model = Judge.load(None)
    for label, wanted in WANTED.items():
        candidates = [r for r in renders if r.label == label and r.scene["post"] == "cab"]
        ranked = sorted(((_sure(model, r), r.file.name, r) for r in candidates), reverse=True)
        sure = [(name, r) for p, name, r in ranked if p >= LEAST]
        print(f"{label}: p >= {LEAST} in {len(sure)} of {len(candidates)}", *(n for n, _ in sure[:wanted]))
        for i, (_, render) in enumerate(sure[:wanted], 1):
            _write(options.out / f"{label}-{i}.jpg", _written(render))
    _write(options.out / "cab-1.jpg", cab())


def _sure(model: Judge, render: Render) -> float:
    picture = _written(render)
    streamed = _jpeg(cv2.resize(picture, (640, 480)), 80)
    answers = [model.judge("", p, ()).p for p in (picture, streamed)]
    return min(0.0 if p is None else float(getattr(p, render.label)) for p in answers)


def _written(render: Render) -> np.ndarray:
    bed = crop_bed(render.read(), render.rim, 0.1)
    return _jpeg(cv2.resize(bed, (320, 240), interpolation=cv2.INTER_CUBIC), 88)


def _jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def _write(file: Path, picture: np.ndarray) -> None:
    file.unlink(missing_ok=True)
    cv2.imwrite(str(file), picture, [cv2.IMWRITE_JPEG_QUALITY, 88])


def cab() -> np.ndarray:
    """A driver's place without a driver, 320 x 240 px: windscreen, seat, wheel, dashboard."""
    picture = np.full((240, 320, 3), (58, 54, 52), np.uint8)
    sky = np.linspace(230, 170, 110).astype(np.uint8)
    picture[12:122, 20:300] = np.dstack([sky, sky - 15, sky - 40]).transpose(1, 0, 2)
    cv2.fillPoly(picture, [np.array([(20, 122), (130, 80), (190, 80), (300, 122)])], (92, 92, 96))
    cv2.line(picture, (160, 122), (160, 84), (220, 220, 220), 2)
    cv2.rectangle(picture, (0, 122), (319, 150), (40, 38, 36), -1)
    cv2.rectangle(picture, (40, 142), (130, 239), (96, 60, 40), -1)
    cv2.rectangle(picture, (58, 116), (112, 146), (104, 66, 44), -1)
    cv2.ellipse(picture, (85, 196), (56, 34), 0, 0, 360, (18, 18, 18), 7)
    cv2.line(picture, (32, 196), (138, 196), (18, 18, 18), 5)
    cv2.rectangle(picture, (190, 150), (300, 239), (80, 52, 36), -1)
    for x in range(200, 300, 24):
        cv2.circle(picture, (x, 136), 7, (150, 150, 140), 1)
    noise = np.random.default_rng(0).normal(0, 4, picture.shape)
    return np.clip(cv2.GaussianBlur(picture, (0, 0), 0.8) + noise, 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
