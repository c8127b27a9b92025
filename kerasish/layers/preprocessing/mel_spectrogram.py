"""Sound as the energies of bands on the mel scale."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.layers.arguments import positive_int
from kerasish.layers.layer import Layer


class MelSpectrogram(Layer):
    """Turns sound into the energies of bands that the ear tells apart.

    The magnitudes of the short-time Fourier transform are raised to a power, summed in
    triangular bands on the mel scale (`2595 log10(1 + f / 700)`), and given in decibel.

    Args:
        fft_length: Size of the Fourier transform.
        sequence_stride: Samples between one window and the next.
        sequence_length: Size of the window; `fft_length` by default.
        window: `"hann"`, `"hamming"`, or an array.
        sampling_rate: Samples a second.
        num_mel_bins: Number of bands.
        min_freq: Lowest frequency in hertz.
        max_freq: Highest frequency in hertz; half the sampling rate by default.
        power_to_db: Whether the result is in decibel.
        top_db: How far below the maximum values are cut.
        mag_exp: Power of the magnitudes.
        min_power: Least power before the logarithm.
        ref_power: The power of 0 decibel.

    Input shape: `(batch, samples)` or `(samples,)`.

    Output shape: `(batch, num_mel_bins, time)` or without the batch.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.MelSpectrogram(fft_length=64, sequence_stride=32)
    >>> layer(keras.ops.ones((2, 320))).shape
    (2, 128, 11)
    """

    def __init__(
        self,
        fft_length: int = 2048,
        sequence_stride: int = 512,
        sequence_length: int | None = None,
        window: Any = "hann",
        sampling_rate: int = 16000,
        num_mel_bins: int = 128,
        min_freq: float = 20.0,
        max_freq: float | None = None,
        power_to_db: bool = True,
        top_db: float = 80.0,
        mag_exp: float = 2.0,
        min_power: float = 1e-10,
        ref_power: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.fft_length = positive_int(fft_length, "fft_length")
        self.sequence_stride = positive_int(sequence_stride, "sequence_stride")
        self.sequence_length = sequence_length or fft_length
        self.window = window
        self.sampling_rate = sampling_rate
        self.num_mel_bins = positive_int(num_mel_bins, "num_mel_bins")
        self.min_freq = min_freq
        self.max_freq = max_freq or sampling_rate // 2
        self.power_to_db = power_to_db
        self.top_db = top_db
        self.mag_exp = mag_exp
        self.min_power = min_power
        self.ref_power = ref_power

    def call(self, inputs: Any) -> Any:
        """Return the energies of the bands."""
        real, imaginary = ops.stft(
            ops.cast(inputs, "float32"),
            sequence_length=self.sequence_length,
            sequence_stride=self.sequence_stride,
            fft_length=self.fft_length,
            window=self.window,
            center=True,
        )
        size = ops.sqrt(ops.square(real) + ops.square(imaginary))
        bands = ops.matmul(ops.power(size, self.mag_exp), self.bands())
        if self.power_to_db:
            bands = self._in_decibel(bands)
        return ops.cast(ops.swapaxes(bands, -1, -2), self.compute_dtype)

    def _in_decibel(self, bands: Any) -> Any:
        level = 10.0 * ops.log10(ops.maximum(bands, self.min_power))
        level = level - 10.0 * np.log10(max(abs(self.ref_power), self.min_power))
        return ops.maximum(level, ops.max(level) - self.top_db)

    def bands(self) -> np.ndarray:
        """Return the weights of frequencies in bands: `(frequencies, bands)`."""

        def mel(hertz: Any) -> Any:
            return 1127.0 * np.log(1.0 + hertz / 700.0)

        count = self.fft_length // 2 + 1
        places = mel(np.linspace(0.0, self.sampling_rate / 2.0, count))[:, None]
        ends = mel(self.min_freq), mel(self.max_freq)
        edges = np.linspace(*ends, self.num_mel_bins + 2)
        low, middle, high = edges[:-2], edges[1:-1], edges[2:]
        rising = (places - low) / (middle - low)
        falling = (high - places) / (high - middle)
        weights = np.maximum(0.0, np.minimum(rising, falling))
        weights[0] = 0.0
        return weights.astype("float32")
