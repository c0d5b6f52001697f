"""What is trained how: one plan is one candidate."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from training.augment.view import Views
from training.pictures import Render

_SMALL, _CALM = 160, 0.5  # px; share of the usual chances


@dataclass(frozen=True)
class Plan:
    """How long and how hard to train.

    `size` is the input's side in px; `samples` are the pictures of one epoch, drawn with all classes alike;
    `rate` is the highest learning rate; `frozen` counts the first blocks left as ImageNet made them; `styled`
    says whether styles are randomised. The first `small` of the epochs see pictures of 160 px, which cost
    less; in the last `calm` of them styles, light, weather and camera are changed half as often, so that the
    network ends on pictures like those it will be asked about. `sister` trains without the covers and lights
    that are kept unseen, to be measured on these.
    """

    backbone: str = "mobilenet"
    size: int = 224
    styled: bool = True
    epochs: int = 8
    samples: int = 3072
    batch: int = 32
    rate: float = 2e-4
    frozen: int = 4
    small: float = 0.5
    calm: float = 0.3
    sister: bool = False

    @property
    def name(self) -> str:
        """Names the plan's folder: what tells candidates apart, and a mark of all the rest."""
        style = "styled" if self.styled else "plain"
        kind = "sister" if self.sister else "whole"
        mark = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:6]
        return f"{self.backbone}-{self.size}-{style}-{kind}-{mark}"

    def views(self, epoch: int) -> Views:
        """The views of an epoch, the first is 0."""
        size = min(_SMALL, self.size) if epoch < self.small * self.epochs else self.size
        share = _CALM if epoch >= (1 - self.calm) * self.epochs else 1.0
        return Views(size, self.styled, share)

    def chosen(self, renders: list[Render]) -> tuple[list[Render], list[Render]]:
        """The renders to train on and those to validate on."""
        kept = [r for r in renders if not r.held_out and not (self.sister and r.unseen)]
        judged = [r for r in renders if (r.unseen if self.sister else r.held_out)]
        return kept, judged


def of_renders(renders: list[Render]) -> str:
    """A short mark of a set of renders: names and labels, in any order."""
    listing = sorted(f"{r.file.parent.name}/{r.file.name} {r.label} {r.exposed}" for r in renders)
    return hashlib.sha256("\n".join(listing).encode()).hexdigest()[:12]


def write_atomically(file: Path, text: str) -> None:
    """Write `text` so that a killed run leaves the old file or the new one."""
    part = file.with_name(file.name + ".part")
    part.write_text(text)
    part.replace(file)
