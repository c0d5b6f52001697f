"""Every threshold of a camera's condition; free of cv2, so that the configuration may hold them."""

from typing import Annotated

import msgspec
from msgspec import Meta

Positive = Annotated[float, Meta(gt=0, le=1e6)]
Share = Annotated[float, Meta(gt=0, le=1)]
Grey = Annotated[float, Meta(ge=0, le=255)]


class Limits(msgspec.Struct, frozen=True):
    """Where usable ends, in grey levels 0..255: least mean, spread and sharpness, largest white share.

    `spread` is the standard deviation of the means of 8 x 8 tiles; `sharp` the variance of the Laplacian;
    `white` the share of pixels at 250 or more.
    """

    dark: float
    spread: float
    sharp: float
    white: float


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[vision.health]`: when a camera has a fault. What it is measured on is in docs/cameras.md.

    `after_s` and `over_s`: a fault begins (ends) when it was seen (not seen) for so long, of the stream's own
    time. `slow_s`: the same for what is learnt while driving: dirty, moved, blocked in part.

    `dark_grey`: nineteen of twenty pixels are darker, 0..255. `white_share` of the pixels at 250 or more is
    glare. `spread_grey`: the tiles of a blocked picture differ by less. `acuity`: the steepest rise between
    neighbouring pixels as a share of the contrast there, 0..0.35; out of focus is less than this.

    `unchanged_grey`: frames are one and the same when no part differs by more, on average over a tile;
    for `frozen_s` of moving, the camera is frozen.

    `learn_looks`: pictures taken while driving until the vehicle's own edges are known. `shift_share` of the
    picture's width and `turn_deg` are what vibration and play of the mounting may do. `match_share`:
    the least likeness (0..1) with the known edges that says anything. `hidden_share` of them, where nothing
    is to be seen, is a blocked view. Edges of spots on `dirt_share` of what
    is neither load nor vehicle are a dirty lens.
    """

    after_s: Positive = 15.0
    over_s: Positive = 15.0
    slow_s: Positive = 45.0
    dark_grey: Grey = 30.0
    white_share: Share = 0.6
    spread_grey: Grey = 3.0
    acuity: Share = 0.16
    unchanged_grey: Grey = 3.0
    frozen_s: Positive = 10.0
    learn_looks: Annotated[int, Meta(ge=10, le=1000)] = 40
    shift_share: Share = 0.05
    turn_deg: Annotated[float, Meta(gt=0, le=20)] = 4.0
    match_share: Share = 0.3
    hidden_share: Share = 0.35
    dirt_share: Share = 0.03
