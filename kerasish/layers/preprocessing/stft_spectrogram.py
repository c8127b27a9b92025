"""Sound as spectra of short frames, by convolutions."""

from __future__ import annotations

import warnings
from typing import Any

from kerasish.backend import config, ops
from kerasish.backend.dtypes import is_float
from kerasish.backend.ops.convolution_padding import standardize_data_format
from kerasish.errors import DTypeError, did_you_mean
from kerasish.initializers.spectral import STFT
from kerasish.layers.arguments import positive_int
from kerasish.layers.input_spec import InputSpec
from kerasish.layers.layer import Layer

_MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


def _check(name: str, value: Any, choices: tuple) -> None:
    if value not in choices:
        raise ValueError(
            f"`{name}` must be one of {choices}.{did_you_mean(str(value), choices)}\n"
            f"Received: {name}={value!r}"
        )


class STFTSpectrogram(Layer):
    """Turns sound into spectra of short frames, with kernels that may be trained.

    Args:
        mode: `"log"`, `"magnitude"`, `"psd"` (power density), `"real"`, `"imag"`,
            `"angle"`, or `"stft"` (real and imaginary parts).
        frame_length: Samples in a frame.
        frame_step: Samples from one frame to the next; half a frame by default.
        fft_length: Size of the Fourier transform; by default the power of two that is
            not less than the frame.
        window: Name of a window function, its values, or `None`.
        periodic: Whether the window goes on with its first value after the last one.
        scaling: `"density"`, `"spectrum"` or `None`: how the window is scaled.
        padding: `"valid"` or `"same"`.
        expand_dims: Whether frequencies and channels are two axes.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: `(batch, samples, channels)`, or with the channels first.

    Output shape: `(batch, frames, channels * frequencies)`, or with `expand_dims`
    `(batch, frames, frequencies, channels)`; with the channels first
    `(batch, channels * frequencies, frames)` or
    `(batch, channels, frames, frequencies)`.

    Weights: `real_kernel` and `imag_kernel` of shape `(frame_length, 1, frequencies)`.

    Raises:
        ValueError: If an argument has no such value.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.STFTSpectrogram(frame_length=64, frame_step=32)
    >>> layer(keras.ops.ones((2, 320, 1))).shape
    (2, 9, 33)
    """

    def __init__(
        self,
        mode: str = "log",
        frame_length: int = 256,
        frame_step: int | None = None,
        fft_length: int | None = None,
        window: Any = "hann",
        periodic: bool = False,
        scaling: str | None = "density",
        padding: str = "valid",
        expand_dims: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        _check("mode", mode, _MODES)
        _check("padding", padding, ("valid", "same"))
        self.frame_length = positive_int(frame_length, "frame_length")
        if frame_step is not None and not 1 <= frame_step <= frame_length:
            raise ValueError(
                "`frame_step` must lie between 1 and `frame_length`.\n"
                f"Received: frame_step={frame_step}, frame_length={frame_length}"
            )
        if fft_length is not None and fft_length < frame_length:
            raise ValueError(
                "`fft_length` must not be below `frame_length`.\n"
                f"Received: fft_length={fft_length}, frame_length={frame_length}"
            )
        if fft_length is not None and fft_length & (fft_length - 1):
            warnings.warn(
                f"`fft_length` should be a power of two, not {fft_length}.",
                stacklevel=2,
            )
        self.kernels = {
            side: STFT(side, window, scaling, periodic) for side in ("real", "imag")
        }
        self.mode = mode
        self.frame_step = frame_step
        self.fft_length = fft_length
        self.window = window
        self.periodic = periodic
        self.scaling = scaling
        self.padding = padding
        self.expand_dims = expand_dims
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=3)

    def build(self, input_shape: tuple) -> None:
        """Make the kernels."""
        power = 1 << (self.frame_length - 1).bit_length()
        frequencies = (self.fft_length or power) // 2 + 1
        for side, initializer in self.kernels.items():
            if self.mode not in {"real", "imag"} - {side}:
                kernel = self.add_weight(
                    name=f"{side}_kernel",
                    shape=(self.frame_length, 1, frequencies),
                    initializer=initializer,
                )
                setattr(self, f"{side}_kernel", kernel)

    def call(self, inputs: Any) -> Any:
        """Return the spectra."""
        if not is_float(inputs.dtype):
            raise DTypeError(
                f'layer "{self.name}": sound is given as floats.\n  got: {inputs.dtype}'
            )
        last = self.data_format == "channels_last"
        signal = ops.swapaxes(inputs, 1, 2) if last else inputs
        channels = signal.shape[1]
        flat = ops.reshape(signal, (-1, ops.shape(signal)[2], 1))
        if self.mode in ("real", "imag"):
            result = self._parts(flat, self.mode)
        else:
            real, imaginary = (self._parts(flat, side) for side in ("real", "imag"))
            result = self._combined(real, imaginary)
        frames, frequencies = ops.shape(result)[1], result.shape[2]
        result = ops.reshape(result, (-1, channels, frames, frequencies))
        if self.expand_dims:
            return ops.transpose(result, (0, 2, 3, 1)) if last else result
        result = ops.swapaxes(result, 2, 3)
        result = ops.reshape(result, (-1, channels * frequencies, frames))
        return ops.swapaxes(result, 1, 2) if last else result

    def _parts(self, flat: Any, side: str) -> Any:
        """Return one part of the spectra: `(channels, frames, frequencies)`."""
        return ops.conv(
            flat,
            ops.cast(getattr(self, f"{side}_kernel"), flat.dtype),
            strides=self.frame_step or self.frame_length // 2,
            padding=self.padding,
            data_format="channels_last",
        )

    def _combined(self, real: Any, imaginary: Any) -> Any:
        if self.mode == "stft":
            return ops.concatenate([real, imaginary], axis=-1)
        if self.mode == "angle":
            return ops.arctan2(imaginary, real)
        power = ops.square(real) + ops.square(imaginary)
        if self.mode == "psd":
            # All frequencies but the first and the last stand for two.
            return power + ops.pad(power[..., 1:-1], ((0, 0), (0, 0), (1, 1)))
        size = ops.sqrt(ops.maximum(power, config.epsilon()))
        if self.mode == "magnitude":
            return size
        return ops.log(ops.maximum(size, config.epsilon()))
