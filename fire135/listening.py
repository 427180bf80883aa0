"""The socket of the page and the API, taken before anything else is started."""

import socket

from fire135.errors import UserError


def listen(host: str, port: int) -> socket.socket:
    """Bind a TCP socket. Raises UserError that names the setting to change."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # named as TCP, or asyncio leaves Nagle's algorithm on: an answer's body then waits 40 ms behind its head
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as fault:
        listening.close()
        raise UserError(
            f"cannot listen on {host}:{port} ({fault.strerror}); set FIRE135_HTTP_PORT to another port"
        ) from None
    return listening
