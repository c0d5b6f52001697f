"""`haulwatch web`: the page for the technician's phone."""

import ipaddress
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.output import config_option, json_option, print_json
from agent.errors import PlatformMissing

if TYPE_CHECKING:
    from agent.web.door import Role


def _service_address(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """An address of this machine alone or of a network of one's own, never all of them."""
    try:
        address = ipaddress.ip_address(value)
    except ValueError as e:
        raise click.BadParameter("give an IP address of this unit", ctx, param) from e
    if address.is_unspecified or not (address.is_loopback or address.is_private or address.is_link_local):
        what = "give a loopback address, or that of this unit in the service network"
        raise click.BadParameter(what, ctx, param)
    return value


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, callback=_service_address, help="Listen here."
)
@click.option("--port", type=click.IntRange(1, 65535), default=8380, show_default=True)
@click.option(
    "--technician", is_flag=True, help="Also a code with which corners and teaching can be changed."
)
@config_option
@json_option
def web(host: str, port: int, technician: bool, config: Path, as_json: bool) -> None:
    """Serve a page with status, doctor and live pictures until stopped; its codes are printed here.

    Each code is good for one entry; then the next one is printed. Needs `pip install "haulwatch[web]"`.
    """
    try:
        import uvicorn

        from agent.web.site import Site
    except ImportError as e:
        raise PlatformMissing(
            f"{e.name} is not installed", where="haulwatch web", remedy='pip install "haulwatch[web]"'
        ) from e
    from agent.web.door import Door
    from agent.web.unit import Unit
    from drivers.clock import SystemClock

    unit = Unit(config)
    _ = unit.config  # a wrong one is an error here
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    literal = f"[{host}]" if ":" in host else host
    address = f"http://{literal}:{port}/"

    def told(role: "Role", code: str) -> None:
        if as_json:
            print_json({"url": address, "role": role, "code": code})
        else:
            click.echo(f"{address}  {role}: {code[:4]} {code[4:]}")

    door = Door(("view", "technician") if technician else ("view",), SystemClock(0).mono_ns, told)
    app = Site(unit, door).app([literal, "localhost"])
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False, date_header=False)
