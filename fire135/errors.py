"""The program's own error; what the rooms raise is known to `faults`, which imports them all."""


class UserError(Exception):
    """A mistake on the command line, or in a setting, that no room below knows of."""
