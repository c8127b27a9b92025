"""Event files, which TensorBoard shows: framed records of encoded messages."""

from __future__ import annotations

import itertools
import os
import socket
import struct
import time

from kerasish.callbacks.event_messages import counted, double, integer

_NUMBERS = itertools.count()


def _crc_table() -> list[int]:
    # The Castagnoli polynomial with its bits in reverse.
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _crc_table()


def crc32c(data: bytes) -> int:
    """Return the Castagnoli checksum of some bytes.

    Args:
        data: The bytes.

    Example:

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    crc = 0xFFFFFFFF
    table = _TABLE
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def masked_crc32c(data: bytes) -> bytes:
    """Return the checksum as records hold it: rotated, with a constant added.

    Args:
        data: The bytes.

    Example:

    >>> len(masked_crc32c(b""))
    4
    """
    crc = crc32c(data)
    rotated = (crc >> 15 | crc << 17) & 0xFFFFFFFF
    return struct.pack("<I", (rotated + 0xA282EAD8) & 0xFFFFFFFF)


class EventFile:
    """Writes one event file.

    Args:
        folder: The folder; it is made if it is missing.

    Attributes:
        path: The path of the file.

    Example:

    >>> from kerasish.callbacks.event_messages import scalar_value
    >>> file = EventFile("logs")
    >>> file.add_summary(scalar_value("loss", 0.5), step=1)
    >>> file.close()
    >>> os.path.getsize(file.path) > 50
    True
    """

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        now, host = int(time.time()), socket.gethostname()
        name = f"events.out.tfevents.{now}.{host}.{os.getpid()}.{next(_NUMBERS)}.v2"
        self.path = os.path.join(folder, name)
        self._file = open(self.path, "wb")
        self._write(counted(3, "brain.Event:2"))
        self.flush()

    def _write(self, content, step=None):
        """Frames an event: its length, a checksum of that, itself, a checksum."""
        event = double(1, time.time())
        if step is not None:
            event += integer(2, step)
        event += content
        length = struct.pack("<Q", len(event))
        self._file.write(length + masked_crc32c(length) + event + masked_crc32c(event))

    def add_summary(self, values: bytes, step: int) -> None:
        """Writes values for a step.

        Args:
            values: Encoded values, one after the other.
            step: The number of the step.
        """
        self._write(counted(5, values), int(step))

    def add_graph(self, nodes: bytes) -> None:
        """Writes a graph.

        Args:
            nodes: An encoded graph.
        """
        self._write(counted(4, nodes))

    def flush(self) -> None:
        """Makes what was written readable."""
        self._file.flush()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
