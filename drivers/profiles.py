"""Device profiles: TOML files in `firmware_profiles/`, overridden by files in /etc/haulwatch/profiles.d.

A profile is data about a device; adding one needs no code.
"""

import tomllib
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from drivers.camera_profile import CameraProfile, check_camera
from drivers.errors import ProfileError
from drivers.gnss.dialogue.check import check_profile
from drivers.gnss_profile import GnssProfile
from drivers.unit_profile import UnitProfile, check_unit

Kind = Literal["gnss", "camera", "unit"]
AnyProfile = GnssProfile | CameraProfile | UnitProfile
OVERRIDES = Path("/etc/haulwatch/profiles.d")


_TYPES: dict[Kind, type[AnyProfile]] = {"gnss": GnssProfile, "camera": CameraProfile, "unit": UnitProfile}
Profile = TypeVar("Profile", GnssProfile, CameraProfile, UnitProfile)


def profile_names(kind: Kind, overrides: Path = OVERRIDES) -> list[str]:
    """The names of all profiles of a kind, shipped and local."""
    shipped = resources.files("firmware_profiles").joinpath(kind)
    names = {f.name.removesuffix(".toml") for f in shipped.iterdir() if f.name.endswith(".toml")}
    return sorted(names | {f.stem for f in (overrides / kind).glob("*.toml")})


def find_profile(kind: Kind, name: str, overrides: Path = OVERRIDES) -> Traversable:
    """The file of a profile, the local one first; raises ProfileError when there is none."""
    local = overrides / kind / f"{name}.toml"
    if local.is_file():
        return local
    shipped = resources.files("firmware_profiles").joinpath(kind, f"{name}.toml")
    if shipped.is_file():
        return shipped
    known = ", ".join(profile_names(kind, overrides))
    raise ProfileError("no such profile", where=f"{kind} profile {name!r}", remedy=f"known are {known}")


def read_profile(kind: Kind, file: Traversable) -> AnyProfile:
    """Parse and check one profile file; raises ProfileError naming file and key."""
    try:
        profile = msgspec.convert(tomllib.loads(file.read_text()), _TYPES[kind])
        if isinstance(profile, GnssProfile):
            check_profile(profile)
        elif isinstance(profile, CameraProfile):
            check_camera(profile)
        else:
            check_unit(profile)
    except (OSError, ValueError) as e:  # undecodable, no TOML, not of the schema, not fitting together
        raise ProfileError(str(e), where=str(file), remedy="correct the file, then `profile check` it") from e
    return profile


def gnss_profile(name: str) -> GnssProfile:
    """The receiver profile of that name; raises ProfileError."""
    return _typed("gnss", name, GnssProfile)


def camera_profile(name: str) -> CameraProfile:
    """The camera profile of that name; raises ProfileError."""
    return _typed("camera", name, CameraProfile)


def unit_profile(name: str) -> UnitProfile:
    """The profile of the box with that name; raises ProfileError."""
    return _typed("unit", name, UnitProfile)


def _typed(kind: Kind, name: str, expected: type[Profile]) -> Profile:
    profile = read_profile(kind, find_profile(kind, name))
    if not isinstance(profile, expected):
        raise TypeError(f"{kind} profiles are {expected.__name__}")
    return profile
