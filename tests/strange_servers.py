"""Servers that answer strangely: with whatever is wanted, or drop by drop and without an end."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from threading import Event, Thread

import pytest

_EVERY_S = 0.02
#: What is sent at once; a byte of the filling follows at a time, for ever.
ANSWERS = {
    "status": (b"", b"H"),
    "headers": (b"HTTP/1.1 201 Created\r\nX-Drip: ", b"d"),
    "body": (b"HTTP/1.1 201 Created\r\nContent-Length: 100000\r\n\r\n", b" "),
    "chunks": (b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "body without an end": (b"HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n", b" "),
}
every_drip = pytest.mark.parametrize("where", ANSWERS)


@contextmanager
def dripping(where: str) -> Iterator[str]:
    """Its address. It drips until the test is done with it: who has returned has not waited for the end."""
    start, filling = ANSWERS[where]
    is_over = Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.recv(65536)
                connection.sendall(start)
                while not is_over.wait(_EVERY_S):
                    connection.sendall(filling)

        server = Thread(target=serve)
        server.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        is_over.set()
        server.join()


@contextmanager
def answering(head: str, body: str) -> Iterator[str]:
    """A server that gives one answer, whatever it is asked; its address."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

        server = Thread(target=serve)
        server.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.join()
