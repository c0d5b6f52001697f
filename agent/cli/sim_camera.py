"""`haulwatch sim camera`: a network camera to test against, with its faults."""

import signal
import threading
from pathlib import Path

import click

from agent.cli.output import print_json
from drivers.errors import DeviceMissing
from drivers.sim.camera import SimCamera, cards, load_pictures, slides
from drivers.sim.rtsp import SimRtsp
from drivers.sim.server import FAULTS, Fault, Server

_SHIPPED = Path(__file__).parents[2] / "drivers" / "sim" / "pictures"
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


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


@click.command()
@click.option("--pictures", "folder", type=_FOLDER, help="Folder of pictures; the shipped ones by default.")
@click.option("--fps", type=click.FloatRange(0.05, 60), default=10.0, show_default=True, help="Frames per s.")
@click.option("--size", type=_Size(), help="Scale the pictures to this size.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="TCP port; a free one by default.")
@click.option("--fault", type=click.Choice(FAULTS), help="Fail in this way from the start.")
@click.option("--rtsp", is_flag=True, help="RTSP instead of MJPEG over HTTP.")
def camera(
    folder: Path | None, fps: float, size: tuple[int, int] | None, port: int, fault: Fault | None, rtsp: bool
) -> None:
    """A network camera on the loopback interface, each picture held for 5 s.

    Prints one JSON line when ready and stops on SIGTERM.
    """
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    picture = slides(_pictures(folder, size), 5.0)
    try:
        server: Server = SimRtsp(picture, fps, port) if rtsp else SimCamera(picture, fps, port)
    except OSError as e:
        raise DeviceMissing(
            f"cannot be listened on ({e.strerror})", where=f"port {port}", remedy="leave out --port"
        ) from e
    server.fault(fault)
    server.start()
    print_json({"url": server.url, "fps": fps, "fault": fault})
    while not ended.wait(1.0):
        pass
    server.stop()


def _pictures(folder: Path | None, size: tuple[int, int] | None) -> list[bytes]:
    """The pictures to show; raises DeviceMissing when a named folder has none."""
    shown = folder or _SHIPPED
    pictures = load_pictures(shown, size) if shown.is_dir() else []
    if folder and not pictures:
        raise DeviceMissing("holds no pictures", where=str(folder), remedy="name a folder of JPEG or PNG")
    return pictures or cards(size or (640, 480))
