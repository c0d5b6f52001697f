"""Where a broker is and how to be let in, as options of the commands that speak for a platform."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from agent.errors import PlatformMissing

if TYPE_CHECKING:
    from agent.uplink.access import Access

Command = Callable[..., Any]
_FILE = click.Path(path_type=Path)
_FILES = {
    "username_file": "Holds the user name.",
    "password_file": "Holds the password.",
    "ca_file": "PEM of the authority that signed the broker's certificate.",
    "cert_file": "PEM of our own certificate.",
    "cert_key_file": "PEM of the certificate's key.",
}


class Way:
    """The options' values; `url` is None where none was given."""

    def __init__(self, url: str | None, client_id: str, files: dict[str, Path | None]) -> None:
        self.url, self.client_id, self._files = url, client_id, files

    def access(self, url: str | None = None) -> "Access":
        """All for a connection to `url`, by default the option's; raises PlatformMissing."""
        from agent.config import Sink, Unit
        from agent.uplink.access import read_access
        from agent.uplink.reasons import LinkFault

        wanted = url or self.url or ""
        files = self._files
        sink = Sink(
            "platform",
            wanted,
            client_id=self.client_id,
            username_file=files["username_file"],
            password_file=files["password_file"],
            ca_file=files["ca_file"],
            cert_file=files["cert_file"],
            key_file=files["cert_key_file"],
        )
        try:
            return read_access(sink, Unit("platform", "platform"), None)
        except LinkFault as e:
            raise PlatformMissing(str(e), where=wanted, remedy="name the right file") from e


def broker_option(*, required: bool) -> Callable[[Command], Command]:
    """Give a command `--broker`, `--client-id` and the files of secrets, as one parameter `way`."""

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_way(*args: Any, broker: str | None, client_id: str, **rest: Any) -> Any:
            files = {name: rest.pop(name) for name in _FILES}
            return command(*args, way=Way(broker, client_id, files), **rest)

        made: Command = with_way
        for name, text in reversed(_FILES.items()):
            made = click.option(f"--{name.replace('_', '-')}", type=_FILE, help=text)(made)
        made = click.option("--client-id", default="haulwatch-platform", show_default=True)(made)
        text = "mqtt://HOST:PORT or mqtts://HOST:PORT" + ("." if required else "; else a broker of its own.")
        return click.option("--broker", required=required, callback=_checked, help=text)(made)

    return decorate


def _checked(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        right = parts.scheme in ("mqtt", "mqtts") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right:
        raise click.BadParameter(f"{value!r} is no mqtt://HOST:PORT", ctx, param)
    return value
