"""The HTTP server of the process: API, webhooks, page."""

import socket
from threading import Thread

import uvicorn

from api.app import create_app
from api.context import Service
from dispatch.record_keeper import RecordFollower

#: An open event stream would otherwise hold the server up for ever.
_GRACE_S = 2


class Web:
    """Serves in a thread, on a socket that is bound already."""

    def __init__(self, service: Service, listening: socket.socket) -> None:
        config = uvicorn.Config(
            create_app(service),
            log_level="warning",
            timeout_graceful_shutdown=_GRACE_S,
            server_header=False,
            proxy_headers=False,
        )
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._server.run, args=([listening],), name="http")
        self._follower = RecordFollower(service.records, service.database)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()
        self._follower.start()

    @property
    def is_alive(self) -> bool:
        """Whether it still serves."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End what is being served, within seconds."""
        self._server.should_exit = True
        self._thread.join()
        self._follower.stop()
