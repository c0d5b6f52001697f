"""Which pictures a set has: for training, trucks with an identity, plates for films. No Blender needed."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from training.scenes import lens
from training.scenes.lens import Camera
from training.scenes.plan import compose, scene, truck
from training.scenes.scene import Scene, Slot, rand

KINDS = ("set", "trucks", "plates")
STATES = ("empty", "covered", "partly", "uncovered")
PLATE_LIGHTS = ("sun", "dusk", "flood", "infrared")
PLATE_POSTS = ("cab", "cab", "tail", "cab", "side", "top")


@dataclass(frozen=True)
class Order:
    """One picture to render: a scene of a set, and how and where."""

    kind: str
    seed: str
    index: int
    folder: str
    width: int
    height: int
    samples: int
    textures: str

    def scene(self) -> Scene:
        """The scene to render."""
        if self.kind == "set":
            return scene(self.seed, self.index)
        return plate(self.seed, self.index) if self.kind == "plates" else variant(self.seed, self.index)

    def line(self) -> dict[str, object]:
        """The order as JSON's types."""
        return asdict(self)


def orders(first: Order, count: int) -> Iterator[Order]:
    """The set's orders in their order of rendering: whichever part of them is done is balanced."""
    for index in range(count):
        yield Order(**{**asdict(first), "index": index})


def variant(seed: str, index: int) -> Scene:
    """Truck index % 16, round by round: a fixed camera, all states, light and load as they come."""
    number, turn = index % 16, index // 16
    owner = truck(f"{seed}/truck {number}")
    slot = Slot(seed, index, ("covered", "empty", "uncovered")[turn % 3])
    return compose(slot, owner, _fixed(owner.name, number))


def plate(seed: str, index: int) -> Scene:
    """Truck by truck: each state in each light; the camera, the load and the cover stay the same."""
    number, turn = divmod(index, len(STATES) * len(PLATE_LIGHTS))
    state, light = STATES[turn // len(PLATE_LIGHTS)], PLATE_LIGHTS[turn % len(PLATE_LIGHTS)]
    owner = truck(f"{seed}/plate {number}")
    return compose(
        Slot(seed, index, state), owner, _fixed(owner.name, number), light, f"{owner.name}/filling"
    )


def _fixed(name: str, number: int) -> Camera:
    """A truck's own camera: bolted on, so the drawing is the truck's."""
    rng = rand(f"{name}/camera")
    return lens.draw(rng, truck(name).size, PLATE_POSTS[number % len(PLATE_POSTS)])
