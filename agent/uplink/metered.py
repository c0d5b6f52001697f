"""Whether a connection costs by the byte, by the network interface that its local address belongs to."""

from collections.abc import Collection


def is_metered(local: str | None, unmetered: Collection[str]) -> bool:
    """Whether the address of this end belongs to none of the interfaces named in `unmetered`."""
    if local is None or not unmetered:
        return True
    import psutil  # 3 MB that most units never need

    known = psutil.net_if_addrs()
    mine = _bare(local)
    return not any(_bare(found.address) == mine for name in unmetered for found in known.get(name, ()))


def _bare(address: str) -> str:
    """Without the zone of an IPv6 address, and an IPv4 address as such."""
    return address.partition("%")[0].lower().removeprefix("::ffff:")
