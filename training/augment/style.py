"""Another style, the same scene: what a picture is of must not hang on how its surfaces look.

Three ways, one at a time: amplitudes of low frequencies of another picture (Yang & Soatto 2020,
arXiv:2004.05498), a random convolution (Xu et al. 2021, arXiv:2007.13003), colours of another picture
(Reinhard et al. 2001, doi:10.1109/38.946629).
"""

import cv2
import numpy as np

from training.augment.step import pixels
from training.pictures import Picture


def restyle(picture: Picture, other: Picture, rng: np.random.Generator) -> Picture:
    """`picture` with its style changed, wholly or in part; `other` is any BGR picture."""
    way = rng.integers(3)
    if way == 0:
        return convolve(picture, rng)
    h, w = picture.shape[:2]
    lent = cv2.resize(other, (w, h), interpolation=cv2.INTER_AREA)
    return amplitudes(picture, lent, rng) if way == 1 else colours(picture, lent, rng)


def amplitudes(picture: Picture, other: Picture, rng: np.random.Generator) -> Picture:
    """Phases of `picture`, amplitudes of low frequencies mixed with those of `other` (same shape)."""
    h, w = picture.shape[:2]
    reach, share = max(1, int(rng.uniform(0.01, 0.08) * min(h, w))), rng.uniform(0.3, 1)
    ours, theirs = (np.fft.rfft2(p.astype(np.float32), axes=(0, 1)) for p in (picture, other))
    factor = np.ones(ours.shape, np.float32)
    for rows in (slice(0, reach), slice(h - reach, h)):
        mine, lent = np.abs(ours[rows, :reach]) + 1, np.abs(theirs[rows, :reach]) + 1
        factor[rows, :reach] = 1 - share + share * (lent / mine).clip(0.2, 4)
    return pixels(np.fft.irfft2(ours * factor, (h, w), axes=(0, 1)))


def convolve(picture: Picture, rng: np.random.Generator) -> Picture:
    """A random convolution over space and channels, at the picture's own contrast, mixed in.

    It is the sum of two kernels, each with a mixture of channels of its own.
    """
    given, made = picture.astype(np.float32), np.zeros(picture.shape, np.float32)
    side = (1, 3, 5)[rng.integers(3)]
    for _ in range(2):
        kernel = rng.standard_normal((side, side)).astype(np.float32) / side
        mixture = rng.standard_normal((3, 3)).astype(np.float32)
        made += cv2.transform(cv2.filter2D(given, -1, kernel), mixture)
    return _mixed(picture, _matched(made, picture, (0, 1e9)), rng.uniform(0.2, 0.9))


def colours(picture: Picture, other: Picture, rng: np.random.Generator) -> Picture:
    """Means and spreads of the Lab channels of `other`, in part."""
    ours, theirs = (cv2.cvtColor(p, cv2.COLOR_BGR2LAB) for p in (picture, other))
    made = _mixed(ours, _matched(ours, theirs, (0.4, 2.5)), rng.uniform(0.3, 1))
    return cv2.cvtColor(made, cv2.COLOR_LAB2BGR)


def _matched(values: np.ndarray, like: Picture, limits: tuple[float, float]) -> np.ndarray:
    """`values` with the channels' means and spreads of `like`; spreads change by factors within `limits`."""
    (middle, spread), (wanted, width) = (cv2.meanStdDev(x) for x in (values, like))
    factor = ((width + 2) / (spread + 1e-3)).clip(*limits)
    shift = wanted - middle * factor
    return cv2.transform(values.astype(np.float32), np.hstack([np.diag(factor[:, 0]), shift]))


def _mixed(picture: Picture, made: np.ndarray, share: float) -> Picture:
    return pixels(cv2.addWeighted(picture, 1 - share, made, share, 0, dtype=cv2.CV_32F))
