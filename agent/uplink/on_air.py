"""How many bytes a TCP connection has had on the air, as the kernel counts them (tcp(7), TCP_INFO).

What TCP carried both ways is exact, TLS and repeated segments included. Of each segment, either way, the
headers of IP and TCP are added: 52 bytes with IPv4, 72 with IPv6, with the time stamps that Linux uses. What
the network's own layers add below IP, and the name server, is not in it.
"""

import socket
import struct
from typing import Any

_RECEIVED, _SEGMENTS, _SENT = 128, 136, 200  # offsets in struct tcp_info, linux/tcp.h; it only ever grows
_SIZE = 208
_HEADERS = {socket.AF_INET: 52, socket.AF_INET6: 72}


def on_air(sock: Any) -> int | None:
    """Bytes since the connection was made; None when the kernel does not tell."""
    try:
        told = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SIZE)
        family = sock.family
    except OSError:
        return None
    if len(told) < _SIZE:  # before Linux 4.19
        return None
    (received,) = struct.unpack_from("=Q", told, _RECEIVED)
    (sent,) = struct.unpack_from("=Q", told, _SENT)
    segments = sum(struct.unpack_from("=II", told, _SEGMENTS))
    return int(sent + received + segments * _HEADERS.get(family, 72))
