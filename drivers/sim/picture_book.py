"""The pictures that simulated cameras show: shipped renders, with a camera's unrest put over them."""

import random
from importlib import resources
from typing import Any, Self

_QUALITY = 85
_UNREST_PX = 2
_SIZE = (640, 480)


class PictureBook:
    """Pictures by name; each view differs a little from the last, as a camera on a truck does."""

    def __init__(self, images: dict[str, Any]) -> None:
        self._images = images
        self._random = random.Random(1)

    @classmethod
    def shipped(cls) -> Self:
        """The renders in `drivers/sim/pictures`, one each of empty, covered, uncovered and cab."""
        import cv2
        import numpy as np

        images = {}
        for name in ("empty", "covered", "uncovered", "cab"):
            jpeg = resources.files("drivers.sim").joinpath("pictures", f"{name}-1.jpg").read_bytes()
            images[name] = cv2.resize(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), _SIZE)
        return cls(images)

    def view(self, name: str) -> bytes:
        """A JPEG of the named picture, shifted by up to 2 px and lit up to 3 % brighter or darker."""
        import cv2
        import numpy as np

        shift = [self._random.randint(-_UNREST_PX, _UNREST_PX) for _ in range(2)]
        light = self._random.uniform(0.97, 1.03)
        image = np.roll(self._images[name], shift, (0, 1))
        lit = np.clip(image * light, 0, 255).astype(np.uint8)
        done, jpeg = cv2.imencode(".jpg", lit, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        if not done:
            raise ValueError(f"picture {name} cannot be encoded")
        return bytes(jpeg)
