"""What goes wrong when a graph runs, under the names of `tf.errors`."""

from __future__ import annotations

from typing import Any


class OpError(Exception):
    """A graph could not run.

    Args:
        node_def: Kept for the signature.
        op: The operation, where it is known.
        message: What is wrong.

    Example:

    >>> OpError(None, None, "no").message
    'no'
    """

    def __init__(
        self, node_def: Any = None, op: Any = None, message: str = "", *unused: Any
    ) -> None:
        super().__init__(message)
        self.node_def = node_def
        self.op = op

    @property
    def message(self) -> str:
        """What is wrong."""
        return str(self.args[0])


class InvalidArgumentError(OpError, ValueError):
    """A value is missing or is none that an operation can work with."""


class FailedPreconditionError(OpError):
    """A variable was used before it was initialized."""


class NotFoundError(OpError):
    """A file, or a variable in a file, is missing."""


class OutOfRangeError(OpError):
    """There is nothing more to read."""


class UnimplementedError(OpError, NotImplementedError):
    """There is no such operation here."""


class AbortedError(OpError):
    """A run was stopped."""


class CancelledError(OpError):
    """A run was cancelled."""


class DataLossError(OpError):
    """A file is damaged."""


class ResourceExhaustedError(OpError):
    """There is too little memory."""
