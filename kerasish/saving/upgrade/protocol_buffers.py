"""Nodes of graphs out of protocol buffers, as tf.keras 2.0 and 2.1 stored them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from kerasish.errors import FileFormatError

# Numbers of the fields of NodeDef and AttrValue, and of types.
_NAME, _OP, _INPUT, _ATTR = 1, 2, 3, 5
_TYPES = {
    1: "DT_FLOAT", 2: "DT_DOUBLE", 3: "DT_INT32", 4: "DT_UINT8", 5: "DT_INT16",
    6: "DT_INT8", 7: "DT_STRING", 9: "DT_INT64", 10: "DT_BOOL", 14: "DT_BFLOAT16",
    19: "DT_HALF",
}  # fmt: skip


def read_node(text: str | bytes) -> dict[str, Any]:
    """Return the description of a node.

    Args:
        text: The bytes of a `NodeDef`, as text in UTF-8 or as they are.

    Returns:
        A dictionary with `op`, `input` and `attr`.

    Raises:
        FileFormatError: If it is no such node.

    Example:

    >>> read_node(chr(18) + chr(3) + "Neg")["op"]
    'Neg'
    """
    node: dict[str, Any] = {"op": "", "input": [], "attr": {}}
    data = text.encode("utf-8") if isinstance(text, str) else bytes(text)
    for field, value in _fields(data):
        if field == _OP:
            node["op"] = _text(value)
        elif field == _INPUT:
            node["input"].append(_text(value))
        elif field == _ATTR:
            entry = dict(_fields(_bytes(value)))
            node["attr"][_text(entry.get(1, b""))] = _attribute(entry.get(2, b""))
    return node


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise FileFormatError("A node of a graph of TensorFlow is damaged.")
    return value


def _text(value: Any) -> str:
    return _bytes(value).decode("utf-8", "replace")


def _attribute(data: Any) -> Any:
    """Return an attribute in the plain form that later versions stored."""
    for field, value in _fields(_bytes(data)):
        if field == 2:
            return _text(value)
        if field == 3:
            return value - (1 << 64) if value >> 63 else value
        if field == 4:
            return struct.unpack("<f", _bytes(value))[0]
        if field == 5:
            return bool(value)
        if field == 6:
            return {"type": _TYPES.get(value, str(value))}
        if field == 1:
            return _listed(_bytes(value))
    return None


def _listed(data: bytes) -> list[Any]:
    result: list[Any] = []
    for field, value in _fields(data):
        if field != 3:
            continue
        if isinstance(value, int):
            result.append(value)
            continue
        place = 0
        while place < len(value):
            number, place = _varint(value, place)
            result.append(number)
    return result


def _varint(data: bytes, place: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        if place >= len(data) or shift > 63:
            raise FileFormatError("A node of a graph of TensorFlow is damaged.")
        byte = data[place]
        place += 1
        result |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return result, place


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        kind = key & 7
        if kind == 0:
            value, place = _varint(data, place)
            yield key >> 3, value
            continue
        if kind == 2:
            length, place = _varint(data, place)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise FileFormatError("A node of a graph of TensorFlow is damaged.")
        if place + length > len(data):
            raise FileFormatError("A node of a graph of TensorFlow is damaged.")
        yield key >> 3, data[place : place + length]
        place += length
