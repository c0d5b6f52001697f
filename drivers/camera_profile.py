"""What a camera's profile may say: how it is reached, how patient to be, how its double fails."""

import string
from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from drivers.camera.login import Login

Fault = Literal[
    "stall",
    "refuse",
    "garbage",
    "drop",
    "once",
    "freeze",
    "resolution",
    "login",
    "busy",
    "dribble",
    "no_length",
    "boundary",
    "huge",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)
StreamName = Literal["main", "sub"]
_SCHEMES = ("rtsp", "rtsps", "http", "https")
_PLACES = {"host", "port", "channel"}
Seconds = Annotated[float, Meta(gt=0, le=3600)]
Pixels = Annotated[int, Meta(ge=16, le=8192)]


class FaultStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault of the simulated camera: `kind`, from `at` for `duration`, s; without one, for ever."""

    kind: Fault
    at: Annotated[float, Meta(ge=0)] = 0.0
    duration: Seconds | None = None


class CameraProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A camera. `url` and `sub_url`, its smaller stream, hold {host} and may hold {port} and {channel}.

    `transport` is RTSP's; `login` what HTTP may use; `verify` whether a certificate must be known. Opening
    may take `open_timeout_s`, a frame `read_timeout_s`. A V4L2 device is asked for `size` (px) and `fourcc`.
    `realm` and `faults` are for the simulated camera. `hardware_verified`: tried on a real one.
    """

    description: str
    vendor: str = ""
    hardware_verified: bool = False
    url: str | None = None
    sub_url: str | None = None
    port: Annotated[int, Meta(ge=1, le=65535)] | None = None
    channel: Annotated[int, Meta(ge=0, le=512)] = 1
    transport: Literal["tcp", "udp"] = "tcp"
    login: Login = "any"
    verify: bool = True
    open_timeout_s: Seconds = 10.0
    read_timeout_s: Seconds = 5.0
    size: tuple[Pixels, Pixels] | None = None
    fourcc: Annotated[str, Meta(pattern=r"^[A-Z0-9]{4}$")] | None = None
    realm: str = "camera"
    faults: tuple[FaultStep, ...] = ()

    @property
    def streams(self) -> list[StreamName]:
        """The streams whose addresses it knows."""
        named: list[tuple[StreamName, str | None]] = [("main", self.url), ("sub", self.sub_url)]
        return [name for name, template in named if template]

    def address(
        self, host: str, *, port: int | None = None, channel: int | None = None, stream: StreamName = "main"
    ) -> str:
        """Where the camera's stream is, without user and password; raises ValueError when nothing says so."""
        template = self.url if stream == "main" else self.sub_url
        if template is None:
            what = "no address" if stream == "main" else "no sub-stream"
            raise ValueError(f"the profile knows {what}")
        for name, given in (("port", port), ("channel", channel)):
            if given is not None and f"{{{name}}}" not in template:
                raise ValueError(f"the profile's address has no {name}")
        named = f"[{host}]" if ":" in host and not host.startswith("[") else host
        number = self.channel if channel is None else channel
        values = {"host": named, "port": port or self.port, "channel": number}
        return template.format_map(values)


def check_camera(profile: CameraProfile) -> None:
    """Raises ValueError when the profile's parts do not fit together, naming the key."""
    for key, template in (("url", profile.url), ("sub_url", profile.sub_url)):
        if template is not None:
            _check_template(key, template, profile)
    if profile.sub_url and not profile.url:
        raise ValueError("a sub-stream without a main stream - at `$.sub_url`")
    if (profile.size or profile.fourcc) and profile.url:
        raise ValueError("size and fourcc are asked of devices, not of addresses - at `$.url`")
    times = [step.at for step in profile.faults]
    if times != sorted(times):
        raise ValueError("faults are not in the order of their times - at `$.faults`")


def _check_template(key: str, template: str, profile: CameraProfile) -> None:
    places = {place for _, place, _, _ in string.Formatter().parse(template) if place is not None}
    if not places <= _PLACES or "host" not in places:
        raise ValueError(f"holds {{host}} and no other than {{port}}, {{channel}} - at `$.{key}`")
    if "port" in places and profile.port is None:
        raise ValueError(f"holds {{port}}, and port is not given - at `$.{key}`")
    address = urlsplit(template.replace("{port}", "1"))
    if address.scheme not in _SCHEMES or "@" in address.netloc:
        raise ValueError(f"is no {', '.join(_SCHEMES)} address without user - at `$.{key}`")
