"""Sounds as arrays."""

from __future__ import annotations

import io
import wave
from typing import Any

import numpy as np


def read_wav(path: Any) -> tuple[np.ndarray, int]:
    """Read a WAV file of integer samples.

    Args:
        path: The path, or a binary file object.

    Returns:
        Floats `(samples, channels)` from -1 to 1, and the samples a second.

    Raises:
        ValueError: If samples are not of 8, 16, 24 or 32 bits.

    Example:

    >>> with wave.open("tone.wav", "wb") as file:
    ...     file.setparams((2, 1, 8000, 0, "NONE", ""))
    ...     file.writeframes(bytes([128, 192]))
    >>> read_wav("tone.wav")
    (array([[0. , 0.5]], dtype=float32), 8000)
    """
    with wave.open(path, "rb") as file:
        channels, width, rate = file.getparams()[:3]
        data = np.frombuffer(file.readframes(file.getnframes()), "uint8")
    if width not in (1, 2, 3, 4):
        raise ValueError(
            f"Samples of 8, 16, 24 or 32 bits can be read.\nReceived: {8 * width} bits"
        )
    if width == 1:
        # Only samples of eight bits have no sign.
        values = data.astype("int32") - 128
    else:
        values = np.zeros((len(data) // width, 4), "uint8")
        values[:, 4 - width :] = data.reshape(-1, width)
        values = values.view("<i4")[:, 0] >> 8 * (4 - width)
    scaled = values / np.float64(2 ** (8 * width - 1))
    return scaled.reshape(-1, channels).astype("float32"), rate


def wav(sound: np.ndarray, rate: int) -> bytes:
    """Encode a sound in the WAV format, with 16 bits a sample.

    Args:
        sound: Floats `(samples, channels)` from -1 to 1; what is beyond is cut off.
        rate: Samples a second.

    Example:

    >>> read_wav(io.BytesIO(wav(np.float32([[0.5], [-1.0]]), 8000)))[0].tolist()
    [[0.5], [-1.0]]
    """
    samples = np.clip(np.rint(sound * 2.0**15), -(2**15), 2**15 - 1).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((sound.shape[1], 2, rate, 0, "NONE", ""))
        writer.writeframes(samples.tobytes())
    return file.getvalue()


def resampled(sound: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    """Return a sound at another number of samples a second.

    The Fourier spectrum is cut or filled up with zeros.

    Args:
        sound: Floats `(samples, channels)`.
        rate: Samples a second of the sound.
        wanted: Those of the result.

    Example:

    >>> resampled(np.ones((4, 1), "float32"), 8000, 4000).tolist()
    [[1.0], [1.0]]
    """
    count = round(len(sound) * wanted / rate)
    if count == len(sound):
        return sound
    spectrum = np.fft.rfft(sound, axis=0)[: count // 2 + 1]
    shorter = min(count, len(sound))
    if shorter % 2 == 0:
        # The highest frequency stands for two that coincide in the shorter sound.
        spectrum[shorter // 2] *= 2.0 if count < len(sound) else 0.5
    longer = np.fft.irfft(spectrum, count, axis=0) * (count / max(len(sound), 1))
    return longer.astype(sound.dtype)
