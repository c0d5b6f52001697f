"""Where the camera is and where a point of the scene falls in its picture; no Blender needed. Lengths in m.

The bed's inside: x from the cab's end (0) to the tailgate, y across, z up from the floor.
"""

import math
import random
from dataclasses import dataclass, replace

Point = tuple[float, float, float]
ASPECT = 4 / 3
POSTS = {"cab": 0.26, "tail": 0.12, "side": 0.12, "top": 0.18, "oblique": 0.20, "gantry": 0.12}


@dataclass(frozen=True)
class Camera:
    """A camera: `fov` is its horizontal angle, deg; a fisheye draws equal angles equally long."""

    post: str
    eye: Point
    aim: Point
    roll: float
    fov: float
    fisheye: bool

    def axes(self) -> tuple[Point, Point, Point]:
        """Right, up and forward as unit vectors."""
        forward = _unit(_minus(self.aim, self.eye))
        side = _cross(forward, (0, 0, 1))
        right = _unit(side) if math.hypot(*side) > 1e-6 else (0.0, -1.0, 0.0)
        up = _cross(right, forward)
        c, s = math.cos(self.roll), math.sin(self.roll)
        turned = (_mix(right, c, up, s), _mix(up, c, right, -s))
        return *turned, forward

    def slopes(self, point: Point) -> tuple[float, float] | None:
        """Right and up of a point as tangents of the angle from the view's axis; None behind the camera."""
        right, up, forward = self.axes()
        away = _minus(point, self.eye)
        depth = _dot(away, forward)
        return None if depth < 0.05 else (_dot(away, right) / depth, _dot(away, up) / depth)

    def project(self, point: Point) -> tuple[float, float] | None:
        """Relative place in the picture, x right and y down (0..1 inside it); None behind the camera."""
        seen = self.slopes(point)
        if seen is None:
            return None
        half = math.radians(self.fov / 2)
        reach = math.hypot(*seen)
        scale = 1 / math.tan(half)
        if self.fisheye and reach > 0:
            scale = math.atan(reach) / reach / half
        return 0.5 + 0.5 * seen[0] * scale, 0.5 - 0.5 * seen[1] * scale * ASPECT

    @property
    def flat_fov(self) -> float:
        """Horizontal angle (deg) of the pinhole picture that a fisheye picture is bent from."""
        if not self.fisheye:
            return self.fov
        corner = math.radians(self.fov / 2) * math.hypot(1, 1 / ASPECT)
        return 2 * math.degrees(math.atan(math.tan(corner) * ASPECT / math.hypot(ASPECT, 1)))


def draw(rng: random.Random, size: tuple[float, float, float], post: str | None = None) -> Camera:
    """A camera at one of the posts, for a bed of inner length, width and depth `size`."""
    post = post or rng.choices(list(POSTS), list(POSTS.values()))[0]
    length, _, depth = size
    aim = (length * rng.uniform(0.38, 0.62), rng.uniform(-0.2, 0.2), depth * rng.uniform(0.3, 0.8))
    fisheye = rng.random() < (0.08 if post in ("oblique", "gantry") else 0.22)
    fov = rng.uniform(95, 118) if fisheye else rng.uniform(62, 105)
    roll = math.pi / 2 * rng.randrange(4) if post == "top" else 0.0
    made = Camera(post, _eye(rng, size, post), aim, roll + rng.gauss(0, 0.06), round(fov, 2), fisheye)
    return made if post in ("cab", "tail") else _fill(made, size, rng.triangular(0.55, 1.5, 0.85))


def _eye(rng: random.Random, size: tuple[float, float, float], post: str) -> Point:
    length, width, depth = size
    side, u = rng.choice((-1, 1)), rng.uniform
    match post:
        case "cab":
            return u(-0.9, 0.1), u(-0.8, 0.8), depth + u(0.5, 1.8)
        case "tail":
            return length + u(-0.1, 0.9), u(-0.8, 0.8), depth + u(0.6, 1.8)
        case "side":
            return length * u(0.15, 0.85), side * (width / 2 + u(0.1, 1.4)), depth + u(0.9, 2.6)
        case "top":
            return length * u(0.3, 0.7), u(-0.8, 0.8), depth + u(2.5, 14)
        case "oblique":
            return length * u(-1.0, 2.0), side * u(3.5, 13), depth + u(2.2, 12)
    return -u(4, 10), u(-2.5, 2.5), depth + u(2.5, 7)


def _fill(camera: Camera, size: tuple[float, float, float], share: float) -> Camera:
    """The camera with the angle at which the rim spans `share` of the picture; over 1 is a tight crop."""
    seen = [s for s in map(camera.slopes, rim(size)) if s is not None]
    spans = [max(s[k] for s in seen) - min(s[k] for s in seen) for k in (0, 1)]
    across = max(spans[0], spans[1] * ASPECT)
    limit = 118.0 if camera.fisheye else 110.0
    return replace(camera, fov=round(min(2 * math.degrees(math.atan(across / share / 2)), limit), 2))


def rim(size: tuple[float, float, float]) -> list[Point]:
    """Points of the opening's edge, going round it."""
    length, width, depth = size
    near = [(length * k / 8, -width / 2, depth) for k in range(9)]
    far = [(length * k / 8, width / 2, depth) for k in range(8, -1, -1)]
    return near + far


def _minus(a: Point, b: Point) -> Point:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _mix(a: Point, p: float, b: Point, q: float) -> Point:
    return a[0] * p + b[0] * q, a[1] * p + b[1] * q, a[2] * p + b[2] * q


def _dot(a: Point, b: Point) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Point, b: Point) -> Point:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _unit(a: Point) -> Point:
    size = math.hypot(*a)
    return a[0] / size, a[1] / size, a[2] / size
