"""What can be wrong with a request to dispatch. HTTP codes live in `api`."""


class DispatchError(Exception):
    """A request cannot be carried out; the message says what was wrong, where, and what to do."""


class NotFoundError(DispatchError):
    """The thing named does not exist, or not for this caller."""


class ConflictError(DispatchError):
    """The thing exists, but its state does not allow this."""


class InvalidError(DispatchError):
    """The request itself makes no sense."""
