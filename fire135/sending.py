"""What the dispatch role runs: it needs neither the broker nor the page, and imports neither."""

import sys

from dispatch.centre_line import CentreLine
from dispatch.centre_sender import CentreSender
from dispatch.channels.build import build_carriers, carrier_names, robots_of
from dispatch.channels.probe import ProbeCarrier
from dispatch.escalator import Escalator
from dispatch.plan import load_plan
from dispatch.rounds import Rounds
from dispatch.sender import Sender
from dispatch.setup import Clock, DispatchSetup
from dispatch.supervisor import Supervisor
from fire135.settings import Settings
from store.database import Database


class Sending:
    """The loops of dispatch over one database, and the setup that every verb needs.

    Made in every process, started in those with the role. Raises the errors of `dispatch` for settings
    that cannot be used.
    """

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        carriers = build_carriers(settings, _print_whole)
        self.setup = DispatchSetup(
            plan=load_plan(settings.plan),
            carriers=carrier_names(carriers),
            zone=settings.zone,
            robots=robots_of(settings),
        )
        line: CentreLine | None = None
        if settings.handover_url:
            line = CentreLine(settings.handover_url, settings.handover_secret.get_secret_value())
        by_name = {carrier.name: carrier for carrier in (*carriers, ProbeCarrier())}
        self.sender = Sender(database, self.setup, by_name, clock)
        wake = self.sender.wake
        #: By name; in the order in which they start, and are stopped from the last to the first.
        self.loops: dict[str, Rounds] = {
            "sender": self.sender,
            "centre": CentreSender(database, line, clock),
            "escalator": Escalator(database, self.setup, clock, wake_sender=wake),
            "supervisor": Supervisor(database, self.setup, clock, wake_sender=wake),
        }

    def start(self) -> None:
        """Start every loop, the sender first: a page may wait since a crash."""
        for loop in self.loops.values():
            loop.start()

    @property
    def all_loops(self) -> dict[str, Rounds]:
        """By name, with the one that the sender starts and stops."""
        return self.loops | {"overdue": self.sender.overdue}

    def stop(self) -> None:
        """Stop every loop, the sender last: the others may write what it is to send.

        All of these are asked first, so that they end their rounds beside each other.
        """
        for loop in self.loops.values():
            if loop is not self.sender:
                loop.ask_to_stop()
        for loop in reversed(self.loops.values()):
            loop.stop()


def _print_whole(line: str) -> None:
    """Print a line in one piece: many threads send at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
