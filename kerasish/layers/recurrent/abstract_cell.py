"""The base class for recurrent cells of one's own."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.layer import Layer


class AbstractRNNCell(Layer):
    """Base of recurrent cells of one's own, for `RNN`.

    A subclass has the properties `state_size` and `output_size` and a method
    `call(inputs, states) -> (output, states)`.

    Args:
        trainable: Whether training changes the weights.
        name: The name.
        dtype: A data type or dtype policy.
        dynamic: Of no effect.
        **kwargs: More arguments of `Layer`.

    Call arguments:
        inputs: Tensor of shape `(batch, features)`.
        states: List of tensors `(batch, size)`.

    Example:

    >>> import kerasish as keras
    >>> class Sum(keras.layers.AbstractRNNCell):
    ...     state_size = output_size = 3
    ...     def call(self, inputs, states):
    ...         total = inputs + states[0]
    ...         return total, [total]
    >>> x = keras.ops.ones((1, 4, 3))
    >>> keras.layers.RNN(Sum())(x).numpy().tolist()
    [[4.0, 4.0, 4.0]]
    """

    def __init__(
        self,
        trainable: bool = True,
        name: str | None = None,
        dtype: Any = None,
        dynamic: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable=trainable, name=name, dtype=dtype, **kwargs)
        self.dynamic = dynamic

    @property
    def state_size(self) -> Any:
        """Size of the state; a list where there are several. To be overridden."""
        raise NotImplementedError(f"{type(self).__name__} has no `state_size`.")

    @property
    def output_size(self) -> Any:
        """Size of the output. To be overridden."""
        raise NotImplementedError(f"{type(self).__name__} has no `output_size`.")

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> list[Any]:
        """Return zeros for each state.

        Args:
            inputs: A tensor whose first axis is the batch.
            batch_size: The number of sequences, where no inputs are given.
            dtype: The data type, by default that of the layer's computing.
        """
        if inputs is not None:
            batch_size = ops.shape(inputs)[0]
        sizes = self.state_size
        sizes = sizes if isinstance(sizes, (list, tuple)) else [sizes]
        dtype = dtype or self.compute_dtype
        return [ops.zeros((batch_size, size), dtype=dtype) for size in sizes]
