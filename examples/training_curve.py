"""Draw training curves into a PNG file with NumPy and the standard library alone."""

import struct
import zlib
from pathlib import Path

import numpy as np

WHITE, GREY, BLACK = (255, 255, 255), (205, 208, 214), (40, 44, 52)
COLOURS = ((31, 119, 180), (255, 127, 14))
PANEL, MARGIN = (380, 260), (76, 44, 16, 34)  # width, height; left, bottom, right, top

# Each letter is seven rows of five dots, one hexadecimal pair a row.
FONT = {
    "0": "0e11131519110e", "1": "040c040404040e", "2": "0e11010204081f",
    "3": "1f02040201110e", "4": "02060a121f0202", "5": "1f101e0101110e",
    "6": "0608101e11110e", "7": "1f010204080808", "8": "0e11110e11110e",
    "9": "0e11110f01020c", ".": "00000000000c0c", "a": "00000e010f110f",
    "c": "00000e1010110e", "d": "01010d1311110f", "e": "00000e111f100e",
    "g": "000f11110f010e", "h": "10101619111111", "i": "04000c0404040e",
    "l": "0c04040404040e", "n": "00001619111111", "o": "00000e1111110e",
    "p": "00001e111e1010", "r": "00001619101010", "s": "00000e100e011e",
    "t": "08081c08080906", "u": "0000111111130d", "y": "000011110f010e",
}  # fmt: skip


def save_curves(path: str, panels: dict[str, dict[str, list[float]]]) -> None:
    """Write one picture with a panel for each quantity.

    Args:
        path: The PNG file.
        panels: Maps a title to curves, each a name and one value an epoch.
    """
    pictures = [_panel(title, curves) for title, curves in panels.items()]
    image = np.concatenate(pictures, axis=1).round().astype(np.uint8)
    Path(path).write_bytes(_png(image))


def _panel(title: str, curves: dict[str, list[float]]) -> np.ndarray:
    left, bottom, right, top = MARGIN
    width, height = PANEL
    image = np.empty((height + bottom + top, width + left + right, 3))
    image[:] = WHITE
    values = np.concatenate([np.asarray(curve, float) for curve in curves.values()])
    low, high = float(values.min()), float(values.max())
    high = high if high > low else low + 1.0
    epochs = max(len(curve) for curve in curves.values())

    def place(epoch: float, value: float) -> tuple[float, float]:
        x = left + (width - 1) * (epoch - 1) / max(epochs - 1, 1)
        y = top + (height - 1) * (1 - (value - low) / (high - low))
        return x, y

    for step in range(5):
        value = low + (high - low) * step / 4
        y = place(1, value)[1]
        _line(image, (left, y), (left + width - 1, y), GREY, 1.0)
        _text(image, f"{value:.3f}", left - 68, y - 7)
    for epoch in np.unique(np.linspace(1, epochs, 5).round().astype(int)):
        x = place(epoch, low)[0]
        _text(image, str(epoch), x - 5 * len(str(epoch)), top + height + 8)
    for number, (name, curve) in enumerate(curves.items()):
        points = [place(i, v) for i, v in enumerate(curve, start=1)]
        for start, end in zip(points, points[1:]):
            _line(image, start, end, COLOURS[number], 2.2)
        _text(image, name, left + 130 + 120 * number, 8, COLOURS[number])
    _text(image, title, left, 8)
    _text(image, "epoch", left + width - 60, top + height + 24)
    return image


def _line(image: np.ndarray, start, end, colour, thickness: float) -> None:
    """Draw a smooth line: each pixel is covered by its distance from the line."""
    (x0, y0), (x1, y1) = start, end
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    length = max((x1 - x0) ** 2 + (y1 - y0) ** 2, 1e-9)
    along = ((columns - x0) * (x1 - x0) + (rows - y0) * (y1 - y0)) / length
    along = np.clip(along, 0, 1)
    gap = np.hypot(columns - x0 - along * (x1 - x0), rows - y0 - along * (y1 - y0))
    cover = np.clip(thickness / 2 + 0.5 - gap, 0, 1)[..., None]
    image[:] = image * (1 - cover) + np.asarray(colour) * cover


def _text(image: np.ndarray, text: str, x: float, y: float, colour=BLACK) -> None:
    """Write text in dots of two by two pixels, where it fits."""
    for number, letter in enumerate(text):
        glyph = bytes.fromhex(FONT.get(letter, "00" * 7))
        for row, bits in enumerate(glyph):
            for column in range(5):
                if bits >> (4 - column) & 1:
                    r, c = round(y) + 2 * row, round(x) + 12 * number + 2 * column
                    if r >= 0 and c >= 0:
                        image[r : r + 2, c : c + 2] = colour


def _png(image: np.ndarray) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    rows, columns, _ = image.shape
    header = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    lines = b"".join(b"\0" + row.tobytes() for row in image)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", zlib.compress(lines, 9)),
            chunk(b"IEND", b""),
        ]
    )
