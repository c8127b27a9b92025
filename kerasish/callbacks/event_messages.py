"""The messages of event files, encoded by hand in the protocol buffer format.

A message is a row of fields; a field is a key, `number << 3 | kind`, and a value. The
kinds are 0 for variable-length integers, 1 for 8 bytes, 2 for counted bytes and 5 for
4 bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence

import numpy as np

from kerasish.utils.sounds import wav


def varint(value: int) -> bytes:
    """Encode an integer, seven bits in a byte; negative ones take ten bytes.

    Args:
        value: From -2**63 to 2**64 - 1.

    Example:

    >>> varint(300)
    b'\\xac\\x02'
    """
    value &= (1 << 64) - 1
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes((*found, value))


def integer(number: int, value: int) -> bytes:
    """A field that holds an integer.

    Args:
        number: The number of the field.
        value: The integer.

    Example:

    >>> integer(2, 1)
    b'\\x10\\x01'
    """
    return varint(number << 3) + varint(value)


def double(number: int, value: float) -> bytes:
    """A field that holds a number of 8 bytes.

    Args:
        number: The number of the field.
        value: The number.

    Example:

    >>> len(double(1, 0.5))
    9
    """
    return varint(number << 3 | 1) + struct.pack("<d", value)


def single(number: int, value: float) -> bytes:
    """A field that holds a number of 4 bytes.

    Args:
        number: The number of the field.
        value: The number.

    Example:

    >>> len(single(1, 0.5))
    5
    """
    return varint(number << 3 | 5) + struct.pack("<f", value)


def counted(number: int, value: bytes | str) -> bytes:
    """A field that holds bytes, text or a message.

    Args:
        number: The number of the field.
        value: The content.

    Example:

    >>> counted(3, "ab")
    b'\\x1a\\x02ab'
    """
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def _doubles(number: int, values: Iterable[float]) -> bytes:
    return counted(number, np.asarray(list(values), "<f8").tobytes())


def scalar_value(tag: str, value: float) -> bytes:
    """One number under a tag, as a part of a summary.

    Args:
        tag: The name of the curve.
        value: The number.

    Example:

    >>> len(scalar_value("loss", 0.5))
    13
    """
    return counted(1, counted(1, tag) + single(2, value))


def histogram_value(tag: str, array: np.ndarray, buckets: int = 30) -> bytes:
    """How often values occur, as a part of a summary.

    Args:
        tag: The name.
        array: Numbers; those that are not finite are left out.
        buckets: The number of intervals of equal width.

    Example:

    >>> len(histogram_value("weights", np.zeros(3))) > 40
    True
    """
    values = np.asarray(array, "float64").ravel()
    values = values[np.isfinite(values)]
    low, high = (values.min(), values.max()) if values.size else (0.0, 0.0)
    counts, edges = np.histogram(values, buckets, (low, high) if high > low else None)
    statistics = (low, high, values.size, values.sum(), (values * values).sum())
    message = b"".join(
        double(number, float(value)) for number, value in enumerate(statistics, 1)
    )
    message += _doubles(6, edges[1:]) + _doubles(7, counts)
    return counted(1, counted(1, tag) + counted(5, message))


def image_value(tag: str, pixels: np.ndarray) -> bytes:
    """A picture, as a part of a summary.

    Args:
        tag: The name.
        pixels: Bytes `(height, width, channels)` with 1, 3 or 4 channels.

    Example:

    >>> b"PNG" in image_value("kernel", np.zeros((2, 2, 1), "uint8"))
    True
    """
    height, width, channels = pixels.shape
    message = integer(1, height) + integer(2, width) + integer(3, channels)
    return counted(1, counted(1, tag) + counted(4, message + counted(4, png(pixels))))


def png(pixels: np.ndarray) -> bytes:
    """Encode a picture in the PNG format.

    Args:
        pixels: Bytes `(height, width, channels)` with 1, 3 or 4 channels.

    Example:

    >>> png(np.zeros((2, 2, 3), "uint8"))[1:4]
    b'PNG'
    """
    height, width, channels = pixels.shape
    rows = np.ascontiguousarray(pixels, "uint8").reshape(height, width * channels)
    data = np.pad(rows, ((0, 0), (1, 0))).tobytes()
    colors = {1: 0, 3: 2, 4: 6}[channels]
    head = struct.pack(">IIBBBBB", width, height, 8, colors, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(data)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


def sound_value(tag: str, sound: np.ndarray, rate: float) -> bytes:
    """A sound, as a part of a summary.

    Args:
        tag: The name.
        sound: Floats `(samples, channels)` from -1 to 1; what is beyond is cut off.
        rate: Samples a second.

    Example:

    >>> b"WAVE" in sound_value("tone", np.zeros((4, 1), "float32"), 8000)
    True
    """
    count, channels = sound.shape
    message = single(1, rate) + integer(2, channels) + integer(3, count)
    message += counted(4, wav(sound, round(rate))) + counted(5, "audio/wav")
    return counted(1, counted(1, tag) + counted(6, message))


def text_value(tag: str, text: str) -> bytes:
    """A text, as a part of a summary.

    Args:
        tag: The name.
        text: The text; Markdown is shown as such.

    Example:

    >>> b"hello" in text_value("note", "hello")
    True
    """
    plugin = counted(1, counted(1, "text"))
    # A tensor of one string: dtype 7, no dimensions.
    tensor = integer(1, 7) + counted(2, b"") + counted(8, text)
    return counted(1, counted(1, tag) + counted(8, tensor) + counted(9, plugin))


def graph(nodes: Sequence[tuple[str, str, Sequence[str]]]) -> bytes:
    """A graph of named operations.

    Args:
        nodes: For each node its name, its operation and the names of its inputs.

    Example:

    >>> b"Dense" in graph([("x", "Input", []), ("dense", "Dense", ["x"])])
    True
    """
    return b"".join(
        counted(
            1,
            counted(1, name)
            + counted(2, operation)
            + b"".join(counted(3, source) for source in inputs),
        )
        for name, operation, inputs in nodes
    )
