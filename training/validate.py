"""What a network says of renders it wasn't trained on, clean and degraded: calibration and figures."""

from dataclasses import dataclass

import numpy as np
from msgspec.structs import asdict

from agent.config import Prior
from agent.vision.preprocess import crop_bed, shrink
from training import measure
from training.augment.view import Views
from training.batches import Pictures, views_of
from training.calibrate import FalseAlarms, Scale, accuse, balance, scale
from training.fit import logits
from training.nets.backbone import Backbone
from training.pictures import Render, target
from training.plan import Plan

VIEWS = 4
_SCENE = ("cover", "light", "post", "load")


@dataclass(frozen=True)
class Calibration:
    """What makes logits honest, and the least p(uncovered) of an accusation."""

    temperature: float
    offsets: tuple[float, ...]
    accuse: float

    @property
    def scale(self) -> Scale:
        """From logits to probabilities."""
        return Scale(self.temperature, tuple(self.offsets))


@dataclass(frozen=True)
class Answers:
    """Logits on each render clean (n, 4) and on VIEWS degraded views of each (n * VIEWS, 4)."""

    renders: list[Render]
    clean: np.ndarray
    degraded: np.ndarray

    @property
    def truth(self) -> np.ndarray:
        """(n,) places in CLASSES."""
        return np.array([r.index for r in self.renders])

    def calibration(self) -> Calibration:
        """From all answers, a clean one weighing as much as its views; classes as often as on the road."""
        said, wanted = self._all()
        truth = np.tile(np.repeat(self.truth, VIEWS), 2)
        found = scale(said, wanted, balance(truth, asdict(Prior())))
        limit = accuse(found.probabilities(said), truth, FalseAlarms())
        return Calibration(found.temperature, found.offsets, limit)

    def losses(self) -> np.ndarray:
        """(n,) calibrated log loss on each render, half of it clean, half on its degraded views."""
        said, wanted = self._all()
        p = scale(said, wanted).probabilities(said)
        each = -(wanted * np.log(p + 1e-12)).sum(1)
        return each.reshape(2, len(self.renders), VIEWS).mean((0, 2))

    def _all(self) -> tuple[np.ndarray, np.ndarray]:
        """Logits and wanted answers, VIEWS of each render clean (all alike), then VIEWS degraded."""
        wanted = np.stack([target(r.label, r.exposed) for r in self.renders])
        said = np.concatenate([np.repeat(self.clean, VIEWS, 0), self.degraded])
        return said, np.tile(np.repeat(wanted, VIEWS, 0), (2, 1))

    def figures(self, calibration: Calibration) -> dict[str, object]:
        """Figures of clean pictures and of degraded ones; words over the exposed share and by scene."""
        trucks, honest, limit = [r.truck for r in self.renders], calibration.scale, calibration.accuse
        p = honest.probabilities(self.clean)
        return {
            "temperature": round(calibration.temperature, 3),
            "clean": measure.summary(self.truth, p, trucks, limit),
            "degraded": measure.summary(
                np.repeat(self.truth, VIEWS),
                honest.probabilities(self.degraded),
                np.repeat(trucks, VIEWS).tolist(),
                limit,
            ),
            **scenes(self.renders, measure.words(p, limit)),
        }


def scenes(renders: list[Render], said: np.ndarray) -> dict[str, object]:
    """`said` (n,) places in CLASSES, over the exposed share and by cover, light, camera post and load."""
    truth = np.array([r.index for r in renders])
    loaded = [i for i, r in enumerate(renders) if r.exposed is not None]
    shares = np.array([renders[i].exposed for i in loaded], float)
    by = {k: [str(r.scene.get(k) or "none") for r in renders] for k in _SCENE}
    return {
        "over_exposed": measure.over_exposed(shares, said[loaded]),
        "by": {k: measure.by_group(truth, said, names) for k, names in by.items()},
    }


class Exam:
    """Renders as the agent would crop them, and degraded views of them, to ask networks about."""

    def __init__(self, renders: list[Render], plan: Plan) -> None:
        self.renders = renders
        self._clean = [shrink(crop_bed(r.read(), r.rim), plan.size) for r in renders]
        self._worse = views_of(Pictures(renders), Views(plan.size, styled=False), VIEWS, seed=0)

    def clean(self, net: Backbone) -> np.ndarray:
        """The network's word on the clean renders, (n, 4) logits."""
        return logits(net, self._clean)

    def answers(self, net: Backbone) -> Answers:
        """The network's word on all."""
        return Answers(self.renders, self.clean(net), logits(net, self._worse))
