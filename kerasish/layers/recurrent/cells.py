"""What the recurrent cells share: sizes, first states, dropout masks."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops, random
from kerasish.layers.arguments import add_parameter, known_size
from kerasish.layers.layer import Layer


class RecurrentCell(Layer):
    """Base of SimpleRNNCell, GRUCell and LSTMCell.

    A cell computes one time step: `cell(inputs, states) -> (output, states)`.

    Dropout masks are drawn once for all steps of a sequence: the loop over the steps
    calls `draw_masks` before and `forget_masks` after. A cell that is called by itself
    draws new ones.

    Args:
        **kwargs: Arguments of `Layer`.
    """

    state_count = 1
    gate_count = 1

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.forget_masks()

    @property
    def state_size(self) -> Any:
        """Size of the state; a list where there are several."""
        count = self.state_count
        return self.units if count == 1 else [self.units] * count

    @property
    def output_size(self) -> int:
        """Size of the output."""
        return self.units

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Return zeros of shape `(batch_size, units)` for each state."""
        shape = (batch_size, self.units)
        return [
            ops.zeros(shape, dtype=self.compute_dtype) for _ in range(self.state_count)
        ]

    def make_seed_generator(self) -> None:
        """Make the generator of the dropout masks, where there is dropout."""
        if self.dropout or self.recurrent_dropout:
            self.seed_generator = random.SeedGenerator(self.seed)

    def build(self, input_shape: tuple) -> None:
        """Make the weights for a time step of this shape."""
        width = known_size(self, input_shape, -1, "features")
        columns = self.gate_count * self.units
        self.kernel = add_parameter(self, "kernel", (width, columns))
        self.recurrent_kernel = add_parameter(
            self, "recurrent_kernel", (self.units, columns), "recurrent"
        )
        self.bias = self.make_bias(columns) if self.use_bias else None

    def make_bias(self, columns: int) -> Any:
        """Make the bias."""
        return add_parameter(self, "bias", (columns,))

    def draw_masks(self, batch_size: Any) -> None:
        """Draw the dropout masks that the following steps share."""
        masks = (
            self._mask(self.dropout, batch_size, self.kernel.shape[0]),
            self._mask(self.recurrent_dropout, batch_size, self.units),
        )
        object.__setattr__(self, "_masks", masks)

    def forget_masks(self) -> None:
        """Let the next call draw its own dropout masks."""
        object.__setattr__(self, "_masks", None)

    def _mask(self, rate: float, batch_size: Any, width: int) -> Any:
        if not rate:
            return None
        ones = ops.ones((batch_size, width), dtype=self.compute_dtype)
        return random.dropout(ones, rate, seed=self.seed_generator)

    def dropped(self, inputs: Any, state: Any, training: bool | None) -> tuple:
        """Return the inputs and the state with features dropped while training."""
        if not training or not (self.dropout or self.recurrent_dropout):
            return inputs, state
        given = self._masks
        if given is None:
            batch = inputs.shape[0]
            self.draw_masks(ops.shape(inputs)[0] if batch is None else batch)
        input_mask, state_mask = self._masks
        if given is None:
            self.forget_masks()
        if input_mask is not None:
            inputs = inputs * input_mask
        if state_mask is not None:
            state = state * state_mask
        return inputs, state


def affine(inputs: Any, kernel: Any, bias: Any) -> Any:
    """Return `inputs @ kernel + bias`, without the bias where it is `None`."""
    product = ops.matmul(inputs, kernel)
    return product if bias is None else ops.add(product, bias)
