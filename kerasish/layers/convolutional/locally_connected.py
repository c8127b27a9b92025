"""Convolutions whose kernel differs from place to place."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.ops.convolution_padding import same_pads
from kerasish.errors import ShapeError
from kerasish.layers.arguments import (
    add_parameter,
    known_size,
    passed,
    positive_int,
    set_arguments,
)
from kerasish.layers.convolutional.base_conv import WindowLayer


class BaseLocallyConnected(WindowLayer):
    """Base of LocallyConnected1D and LocallyConnected2D.

    Args:
        filters: Number of output channels.
        implementation: Of no effect: there is one implementation.
        **kwargs: Arguments of `WindowLayer` and `Layer`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any,
        padding: str,
        data_format: str | None,
        activation: Any,
        use_bias: bool,
        kernel_initializer: Any,
        bias_initializer: Any,
        kernel_regularizer: Any,
        bias_regularizer: Any,
        activity_regularizer: Any,
        kernel_constraint: Any,
        bias_constraint: Any,
        implementation: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            kernel_size, strides, padding, data_format, 1, activity_regularizer,
            **kwargs,
        )  # fmt: skip
        set_arguments(
            self,
            filters=positive_int(filters, "filters"),
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            implementation=implementation,
        )

    @property
    def _first_axis(self) -> int:
        return 1 if self.data_format == "channels_last" else 2

    def build(self, input_shape: tuple) -> None:
        """Make a kernel and a bias for each place of inputs of this shape."""
        channels = self.channels(input_shape)
        first = self._first_axis
        sizes = [
            known_size(self, input_shape, first + i, "places") for i in range(self.rank)
        ]
        counts = self._counts(sizes)
        if min(counts) < 1:
            raise ShapeError(
                f'layer "{self.name}": the window {self.kernel_size} does not fit.\n'
                f"  got: input {tuple(input_shape)}"
            )
        taps = int(np.prod(self.kernel_size))
        shape = (int(np.prod(counts)), taps * channels, self.filters)
        self.kernel = add_parameter(self, "kernel", shape)
        self.bias = None
        if self.use_bias:
            self.bias = add_parameter(self, "bias", (*counts, self.filters))

    def _counts(self, sizes: list[int]) -> tuple[int, ...]:
        if self.padding == "same":
            return tuple(-(-s // step) for s, step in zip(sizes, self.strides))
        spans = zip(sizes, self.kernel_size, self.strides)
        return tuple((size - span) // step + 1 for size, span, step in spans)

    def call(self, inputs: Any) -> Any:
        """Return the sums of the windows, each weighted by its own kernel."""
        first, rank = self._first_axis, self.rank
        sizes = inputs.shape[first : first + rank]
        counts = self._counts(list(sizes))
        taps = int(np.prod(self.kernel_size))
        expected = self.kernel.shape[1] // taps
        self.check_channels(inputs, expected, self.kernel)
        if int(np.prod(counts)) != self.kernel.shape[0]:
            raise ShapeError(
                f'layer "{self.name}": there are kernels for {self.kernel.shape[0]} '
                f"places, but the input has {int(np.prod(counts))}.\n"
                f"  got: input {tuple(inputs.shape)}"
            )
        windows = self._windows(inputs, list(sizes), counts)
        outputs = ops.einsum("bpi,pif->bpf", windows, self.kernel)
        outputs = ops.reshape(outputs, (-1, *counts, self.filters))
        last = self.data_format == "channels_last"
        if not last:
            outputs = ops.transpose(outputs, (0, rank + 1, *range(1, rank + 1)))
        if self.bias is not None:
            bias = self.bias
            if not last:
                # The stored bias has its channels last, but is read in this order.
                bias = ops.reshape(bias, (self.filters, *counts))
            outputs = outputs + bias
        return self.activation(outputs)

    def _windows(self, inputs: Any, sizes: list[int], counts: tuple) -> Any:
        """Returns the flat windows of each place: `(batch, places, entries)`."""
        first, rank = self._first_axis, self.rank
        if self.padding == "same":
            pads = list(map(same_pads, sizes, self.kernel_size, self.strides))
            around = [(0, 0)] * first + pads
            inputs = ops.pad(inputs, around + [(0, 0)] * (rank + 2 - len(around)))
        parts = zip(counts, self.kernel_size, self.strides)
        for axis, (count, span, step) in enumerate(parts):
            places = np.arange(count)[:, None] * step + np.arange(span)
            inputs = ops.take(inputs, places.astype("int32"), axis=first + 2 * axis)
        outer = [first + 2 * axis for axis in range(rank)]
        inner = [axis + 1 for axis in outer]
        channels = [2 * rank + 1] if first == 1 else [1]
        entries = [*inner, *channels] if first == 1 else [*channels, *inner]
        windows = ops.transpose(inputs, (0, *outer, *entries))
        return ops.reshape(windows, (-1, int(np.prod(counts)), self.kernel.shape[1]))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        del config["dilation_rate"]
        return config


class LocallyConnected1D(BaseLocallyConnected):
    """Convolution in one dimension with a kernel of its own at each place.

    Args:
        filters: Number of output channels.
        kernel_size: Size of the window.
        strides: Step of the window.
        padding: `"valid"` (inside only) or `"same"` (zeros around).
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        activation: Activation function or its name; `None` for none.
        use_bias: Whether a bias is added.
        kernel_initializer: Initializer of the kernel.
        bias_initializer: Initializer of the bias.
        kernel_regularizer: Penalty on the kernel.
        bias_regularizer: Penalty on the bias.
        activity_regularizer: Penalty on the output.
        kernel_constraint: Projection of the kernel after each update.
        bias_constraint: Projection of the bias after each update.
        implementation: Of no effect; weights have the layout of implementation 1.

    Input shape: `(batch, length, channels)`, or with the channels after the batch;
    the length must be known.

    Output shape: the same rank, with `filters` channels.

    Weights: `kernel` of shape `(places, kernel_size * channels, filters)`, `bias` of
    shape `(places, filters)`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.LocallyConnected1D(5, 3)
    >>> layer(keras.ops.ones((2, 8, 4))).shape
    (2, 6, 5)
    """

    rank = 1

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        implementation: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**passed(locals()))


class LocallyConnected2D(BaseLocallyConnected):
    """Convolution in two dimensions with a kernel of its own at each place.

    Args:
        filters: Number of output channels.
        kernel_size: Size of the window, one integer or one an axis.
        strides: Step of the window, one integer or one an axis.
        padding: `"valid"` (inside only) or `"same"` (zeros around).
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        activation: Activation function or its name; `None` for none.
        use_bias: Whether a bias is added.
        kernel_initializer: Initializer of the kernel.
        bias_initializer: Initializer of the bias.
        kernel_regularizer: Penalty on the kernel.
        bias_regularizer: Penalty on the bias.
        activity_regularizer: Penalty on the output.
        kernel_constraint: Projection of the kernel after each update.
        bias_constraint: Projection of the bias after each update.
        implementation: Of no effect; weights have the layout of implementation 1.

    Input shape: `(batch, rows, columns, channels)`, or with the channels after the
    batch; rows and columns must be known.

    Output shape: the same rank, with `filters` channels.

    Weights: `kernel` of shape `(rows * columns of the output, product of kernel_size *
    channels, filters)`, `bias` of shape `(rows, columns, filters)`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.LocallyConnected2D(5, 3)
    >>> layer(keras.ops.ones((2, 6, 6, 3))).shape
    (2, 4, 4, 5)
    """

    rank = 2

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        implementation: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**passed(locals()))
