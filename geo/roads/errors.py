"""What is refused about roads: one clear line each."""


class RoadFileError(ValueError):
    """A road file, or a stored network, that cannot be used: file, what is wrong, where, what to do."""

    def __init__(self, file: str, fault: str, advice: str) -> None:
        super().__init__(f"{file}: {fault}; {advice}")


class ClosureError(ValueError):
    """A closure that closes no road: where, how far the nearest is, what to do."""
