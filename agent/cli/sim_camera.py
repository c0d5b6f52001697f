"""`haulwatch sim camera`: a network camera to test against, with its faults."""

import signal
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
import msgspec

from agent.cli.output import print_json
from drivers.camera_profile import FAULTS, CameraProfile, FaultStep
from drivers.errors import DeviceMissing

if TYPE_CHECKING:
    from drivers.camera.login import Login
    from drivers.camera_profile import Fault
    from drivers.sim.film.film import Film
    from drivers.sim.rtp import H264Media
    from drivers.sim.server import Gate, Picture, Server

_SHIPPED = Path(__file__).parents[2] / "drivers" / "sim" / "pictures"
_FILMS = _SHIPPED.parent / "film" / "films"
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class _Size(click.ParamType[tuple[int, int]]):
    """Width and height in pixels, as 640x480."""

    name = "WxH"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        width, _, height = value.partition("x")
        if not all(n.isdecimal() and 16 <= int(n) <= 8192 for n in (width, height)):
            self.fail("write width x height in pixels, as 640x480", param, ctx)
        return int(width), int(height)


class _Asked(msgspec.Struct):
    """The options."""

    profile: str | None
    folder: Path | None
    stream: Path | None
    fps: float
    size: tuple[int, int] | None
    port: int
    rtsp: bool
    user: str | None
    password_file: Path | None
    login: "Login | None"
    fault: "Fault | None"
    faults: str | None
    film: str | None
    plates: Path | None
    seed: int
    truth: IO[bytes] | None


@click.command()
@click.option("--profile", help="Be this camera: its addresses and its login.")
@click.option("--pictures", "folder", type=_FOLDER, help="Folder of pictures; the shipped ones by default.")
@click.option("--film", help="Show a film: a script of one (TOML), or a shipped one: drive, opened.")
@click.option("--plates", type=_FOLDER, help="The film's renders; the shipped ones by default.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of all that is by chance in a film.")
@click.option("--truth", type=click.File("wb"), help="Write what a film really shows: JSON lines.")
@click.option("--stream", type=_FILE, help="An H.264 file (Annex B) to send over RTSP.")
@click.option("--fps", type=click.FloatRange(0.05, 60), default=10.0, show_default=True, help="Frames per s.")
@click.option("--size", type=_Size(), help="Scale the pictures to this size.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="TCP port; a free one by default.")
@click.option("--rtsp", is_flag=True, help="RTSP instead of MJPEG over HTTP.")
@click.option("--user", help="Ask for this user, with the password in --password-file.")
@click.option("--password-file", type=_FILE, help="Its first line is the password.")
@click.option("--login", type=click.Choice(["any", "digest", "basic"]), help="How to ask [the profile's].")
@click.option("--fault", type=click.Choice(FAULTS), help="Fail in this way from the start.")
@click.option("--faults", help="What fails when: a file (TOML, JSON lines), or `profile`: the profile's.")
def camera(**options: Any) -> None:
    """A network camera on the loopback interface: pictures, each held for 5 s, or a film.

    Prints one JSON line when ready and stops on SIGTERM.
    """
    asked = _Asked(**options)
    profile = _profile(asked.profile)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    steps = _steps(asked, profile)
    film = _film(asked)
    server = _server(asked, profile, film)
    server.start()
    server.fault(asked.fault)
    print_json({"url": server.url, "fps": asked.fps, "fault": asked.fault, **_seen(film)})
    server.play(steps, ended)
    server.stop()


def _profile(name: str | None) -> CameraProfile:
    from drivers.profiles import camera_profile

    if name is None:
        return CameraProfile("any camera")
    profile = camera_profile(name)
    if profile.url is None:
        raise click.UsageError(f"the profile {name} is of no network camera")
    return profile


def _steps(asked: _Asked, profile: CameraProfile) -> tuple[FaultStep, ...]:
    from drivers.sim.camera_faults import read_steps

    if asked.faults is None:
        return ()
    if asked.faults == "profile":
        return profile.faults
    try:
        return read_steps(Path(asked.faults).read_text())
    except (OSError, ValueError) as e:
        raise click.BadParameter(f"{asked.faults}: {e}", param_hint="--faults") from e


def _seen(film: "Film | None") -> dict[str, object]:
    """What a configuration needs to know of a film's camera."""
    return {"truck": film.truck, "roi": film.roi, "duration_s": film.duration_s} if film else {}


def _server(asked: _Asked, profile: CameraProfile, film: "Film | None") -> "Server":
    from drivers.sim.camera import SimCamera
    from drivers.sim.rtsp import SimRtsp
    from drivers.sim.server import HTTP_FAULTS

    rtsp = asked.rtsp or asked.stream is not None or (profile.url or "").startswith("rtsp")
    if rtsp and asked.fault in HTTP_FAULTS:
        raise click.UsageError(f"--fault {asked.fault} is of HTTP, and this is RTSP")
    gate, paths = _gate(asked, profile), _paths(profile)
    shown = _projector(asked, film) if film else _picture(asked)
    try:
        if rtsp:
            media = _stream(asked.stream) if asked.stream else shown
            return SimRtsp(media, asked.fps, asked.port, gate=gate, paths=paths)
        return SimCamera(shown, asked.fps, asked.port, gate=gate, paths=paths)
    except OSError as e:
        raise DeviceMissing(
            f"cannot be listened on ({e.strerror})", where=f"port {asked.port}", remedy="leave out --port"
        ) from e


def _paths(profile: CameraProfile) -> tuple[str, ...]:
    """What the profile's camera answers to: path and query of its streams."""
    streams = [profile.address("h", stream=name) for name in profile.streams]
    parts = [urlsplit(stream) for stream in streams]
    return tuple(p.path + (f"?{p.query}" if p.query else "") for p in parts)


def _gate(asked: _Asked, profile: CameraProfile) -> "Gate | None":
    from drivers.camera.login import Account
    from drivers.sim.server import Gate

    if (asked.user is None) != (asked.password_file is None):
        raise click.UsageError("--user and --password-file go together")
    if asked.user is None or asked.password_file is None:
        return None
    password = asked.password_file.read_text().strip()
    return Gate(Account(asked.user, password), asked.login or profile.login, profile.realm)


def _stream(file: Path) -> "H264Media":
    from drivers.sim.rtp import H264Media

    try:
        return H264Media.read(file)
    except (OSError, ValueError) as e:
        raise DeviceMissing(str(e), where=str(file), remedy="make one with ffmpeg -f h264") from e


def _film(asked: _Asked) -> "Film | None":
    if asked.film is None:
        return None
    from drivers.sim.film.film import Film

    shipped = _FILMS / f"{asked.film}.toml"
    return Film.open(asked.plates, shipped if shipped.is_file() else Path(asked.film), asked.seed)


def _projector(asked: _Asked, film: "Film") -> "Picture":
    from drivers.sim.film.projector import Projector

    return Projector(film, asked.size or (640, 480), asked.fps, asked.truth)


def _picture(asked: _Asked) -> "Picture":
    """What is to be seen at the moment, as JPEG."""
    from drivers.sim.camera import cards, load_pictures, slides

    shown = asked.folder or _SHIPPED
    pictures = load_pictures(shown, asked.size) if shown.is_dir() else []
    if asked.folder and not pictures:
        raise DeviceMissing(
            "holds no pictures", where=str(asked.folder), remedy="name a folder of JPEG or PNG"
        )
    return slides(pictures or cards(asked.size or (640, 480)), 5.0)
