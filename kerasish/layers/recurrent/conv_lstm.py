"""What the convolutional LSTM layers and cells share."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops, random
from kerasish.backend.ops.convolution_padding import (
    check_padding,
    spatial_tuple,
    standardize_data_format,
)
from kerasish.errors import ShapeError
from kerasish.layers.arguments import (
    add_parameter,
    known_size,
    positive_int,
    rate_argument,
    set_arguments,
)
from kerasish.layers.input_spec import InputSpec
from kerasish.layers.recurrent.cell_rnn import CellRNN
from kerasish.layers.recurrent.cells import RecurrentCell
from kerasish.layers.recurrent.lstm_cell import forget_bias

_LAYER = ("name", "dtype", "trainable", "activity_regularizer", "autocast")


class BaseConvLSTMCell(RecurrentCell):
    """Base of the cells of convolutional LSTM layers.

    Args:
        filters: Number of channels of the output and of each state.
        kernel_size: Sizes of the window.
        strides: Steps of the window over the inputs.
        padding: Padding of the inputs.
        data_format: `"channels_last"`, `"channels_first"`, or `None`.
        dilation_rate: Distances between the entries of the window over the inputs.
        dropout: Rate at which entries of the inputs are dropped.
        recurrent_dropout: Rate at which entries of the state are dropped.
        **kwargs: The other arguments of the cell, and those of `Layer`.
    """

    rank = 2
    state_count = 2

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any,
        padding: str,
        data_format: str | None,
        dilation_rate: Any,
        dropout: float,
        recurrent_dropout: float,
        **kwargs: Any,
    ) -> None:
        given = {name: kwargs.pop(name) for name in _LAYER if name in kwargs}
        super().__init__(**given)
        rank = self.rank
        set_arguments(
            self,
            filters=positive_int(filters, "filters"),
            kernel_size=spatial_tuple(kernel_size, rank, "kernel_size"),
            strides=spatial_tuple(strides, rank, "strides"),
            padding=check_padding(padding),
            data_format=standardize_data_format(data_format),
            dilation_rate=spatial_tuple(dilation_rate, rank, "dilation_rate"),
            dropout=rate_argument(dropout, "dropout"),
            recurrent_dropout=rate_argument(recurrent_dropout, "recurrent_dropout"),
            **kwargs,
        )
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{type(self).__name__}: either the strides or the dilation rate must "
                f"be 1.\n  Received: strides={self.strides}, "
                f"dilation_rate={self.dilation_rate}"
            )
        self.make_seed_generator()
        self._step_shape = self._state_shape = None

    @property
    def units(self) -> int:
        """Number of channels of each state."""
        return self.filters

    @property
    def output_size(self) -> Any:
        """Shape of the output without the batch, once the cell is built."""
        return self._state_shape or self.filters

    def build(self, input_shape: tuple) -> None:
        """Make the weights for a time step of this shape."""
        rank, last = self.rank, self.data_format == "channels_last"
        if len(input_shape) != rank + 2:
            raise ShapeError(
                f'layer "{self.name}": a time step must have {rank + 2} axes.\n'
                f"  got: {tuple(input_shape)}"
            )
        channels = known_size(self, input_shape, -1 if last else 1, "channels")
        first = 1 if last else 2
        sizes = [
            known_size(self, input_shape, first + i, "places") for i in range(rank)
        ]
        counts = [self._count(axis, size) for axis, size in enumerate(sizes)]
        if min(counts) < 1:
            raise ShapeError(
                f'layer "{self.name}": the window {self.kernel_size} does not fit.\n'
                f"  got: time step {tuple(input_shape)}"
            )
        self._step_shape = tuple(input_shape[1:])
        self._state_shape = (*counts, self.filters) if last else (self.filters, *counts)
        columns = 4 * self.filters
        self.kernel = add_parameter(
            self, "kernel", (*self.kernel_size, channels, columns)
        )
        self.recurrent_kernel = add_parameter(
            self,
            "recurrent_kernel",
            (*self.kernel_size, self.filters, columns),
            "recurrent",
        )
        self.bias = self.make_bias(columns) if self.use_bias else None

    def _count(self, axis: int, size: int) -> int:
        step = self.strides[axis]
        if self.padding == "same":
            return -(-size // step)
        span = (self.kernel_size[axis] - 1) * self.dilation_rate[axis] + 1
        return (size - span) // step + 1

    def make_bias(self, columns: int) -> Any:
        """Make the bias, with ones for the forget gate if wanted."""
        return forget_bias(self, self.filters)

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Return zeros of the shape of the output for both states."""
        shape = (batch_size, *self._state_shape)
        return [ops.zeros(shape, dtype=self.compute_dtype) for _ in range(2)]

    def draw_masks(self, batch_size: Any) -> None:
        """Draw the dropout masks that the following steps share."""
        masks = (
            self._mask_of(self.dropout, (batch_size, *self._step_shape)),
            self._mask_of(self.recurrent_dropout, (batch_size, *self._state_shape)),
        )
        object.__setattr__(self, "_masks", masks)

    def _mask_of(self, rate: float, shape: tuple) -> Any:
        if not rate:
            return None
        ones = ops.ones(shape, dtype=self.compute_dtype)
        return random.dropout(ones, rate, seed=self.seed_generator)

    def call(self, inputs: Any, states: Any, training: bool | None = None) -> Any:
        """Return the output and the states of a step."""
        h, c = states
        inputs, dropped_h = self.dropped(inputs, h, training)
        z = ops.conv(
            inputs,
            self.kernel,
            strides=self.strides,
            padding=self.padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
        )
        axis = -1 if self.data_format == "channels_last" else 1
        if self.bias is not None:
            shape = [1] * (self.rank + 2)
            shape[axis] = 4 * self.filters
            z = z + ops.reshape(self.bias, tuple(shape))
        z = z + ops.conv(
            dropped_h,
            self.recurrent_kernel,
            padding="same",
            data_format=self.data_format,
        )
        i, f, candidate, o = ops.split(z, 4, axis=axis)
        gate = self.recurrent_activation
        c = gate(f) * c + gate(i) * self.activation(candidate)
        h = gate(o) * self.activation(c)
        return h, [h, c]


class BaseConvLSTM(CellRNN):
    """Base of ConvLSTM1D, ConvLSTM2D and ConvLSTM3D.

    Args:
        **kwargs: Arguments of the layer and of its cell.
    """

    rank = 2

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("unroll", False)
        super().__init__(**kwargs)
        self.input_spec = InputSpec(ndim=self.rank + 3)

    def get_initial_state(self, batch_size: Any) -> Any:
        """Return the first states for a number of sequences."""
        return self.cell.get_initial_state(batch_size)
