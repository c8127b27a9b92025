"""Strings of attributes checked before the HDF5 library reads them.

Texts of variable length lie in heaps elsewhere in the file. The library trusts the
numbers that lead there: of damaged ones it may hang or crash. Here they are followed
first, in the layout that files have by default.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

_ATTRIBUTE, _CONTINUATION = 0x000C, 0x0010
_MOST_MESSAGES = 100_000
_VARIABLE_LENGTH = 9


def references_hold(item: Any, name: str) -> bool:
    """Tell whether the strings of an attribute lie where the file says.

    Args:
        item: An object of an open file.
        name: One of its attributes.

    Returns:
        False if they do not; true also where they cannot be followed.
    """
    from kerasish.saving.h5_file import import_h5py

    h5py = import_h5py()
    try:
        address = h5py.h5o.get_info(item.id).addr
        with open(item.file.filename, "rb") as stream:
            if stream.read(4) != b"\x89HDF":
                return True
            for data in _messages(stream, address):
                found, strings = _strings(data, name.encode())
                if found:
                    return all(_is_stored(stream, *place) for place in strings)
    except (OSError, struct.error, OverflowError):
        return False
    return True


def _read(stream: BinaryIO, address: int, form: str) -> tuple:
    stream.seek(address)
    return struct.unpack(form, stream.read(struct.calcsize(form)))


def _messages(stream: BinaryIO, address: int) -> Iterator[bytes]:
    """Yield the attribute messages of an object header of the first version."""
    version, count, _, size = _read(stream, address, "<BxHII")
    if version != 1:
        return
    chunks, seen = [(address + 16, size)], 0
    while chunks:
        place, length = chunks.pop()
        end = place + length
        while place + 8 <= end and seen < min(count, _MOST_MESSAGES):
            kind, size = _read(stream, place, "<HH")
            seen += 1
            stream.seek(place + 8)
            data = stream.read(size)
            if kind == _CONTINUATION and len(data) >= 16:
                chunks.append(struct.unpack("<QQ", data[:16]))
            elif kind == _ATTRIBUTE:
                yield data
            place += 8 + size


def _strings(data: bytes, wanted: bytes) -> tuple[bool, list[tuple[int, int, int]]]:
    """Return whether a message is the attribute, and where its strings lie."""
    version, name_size, type_size, space_size = struct.unpack("<BxHHH", data[:8])
    pad = 8 if version == 1 else 1
    place = 9 if version == 3 else 8
    name = data[place : place + name_size].split(b"\0")[0]
    place += -(-name_size // pad) * pad
    kind = data[place] & 0x0F if place < len(data) else 0
    place += -(-type_size // pad) * pad
    place += -(-space_size // pad) * pad
    if name != wanted:
        return False, []
    if kind != _VARIABLE_LENGTH:
        return True, []
    return True, [
        struct.unpack("<IQI", data[start : start + 16])
        for start in range(place, len(data) - 15, 16)
    ]


def _is_stored(stream: BinaryIO, length: int, address: int, index: int) -> bool:
    """Tell whether a heap has the object, walking over it as the library does."""
    if address == 0 or (length == 0 and index == 0):
        return True
    signature, version, size = _read(stream, address, "<4sB3xQ")
    if signature != b"GCOL" or version != 1:
        return False
    if address + size > stream.seek(0, os.SEEK_END):
        return False
    stream.seek(address)
    heap = stream.read(size)
    place, found = 16, False
    while place + 16 <= size:
        number, object_size = struct.unpack_from("<H6xQ", heap, place)
        if number == 0:
            # The rest is free.
            return found and object_size == size - place
        found = found or (number == index and length <= object_size)
        place += 16 + -(-object_size // 8) * 8
    return found and place <= size
