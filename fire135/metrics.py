"""What a process without the page has counted: with roles apart each counts for itself."""

from prometheus_client import start_http_server

from fire135.errors import UserError


class MetricsDoor:
    """Serves `/metrics`, and nothing else, in a thread from the moment it is made.

    Raises UserError that names the setting to change.
    """

    def __init__(self, host: str, port: int) -> None:
        try:
            self._server, self._thread = start_http_server(port, host)
        except OSError as fault:
            raise UserError(
                f"cannot listen on {host}:{port} ({fault.strerror}); set FIRE135_METRICS_PORT to another port"
            ) from None

    def close(self) -> None:
        """Serve no longer."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
