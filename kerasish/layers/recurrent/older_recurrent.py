"""The base classes of recurrent layers of one's own, as Keras 2.0 had them."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Variable
from kerasish.backend.ops.convolution_padding import standardize_data_format
from kerasish.layers.arguments import positive_int
from kerasish.layers.input_spec import InputSpec
from kerasish.layers.layer import Layer
from kerasish.layers.recurrent.loop import run_steps


class Recurrent(Layer):
    """Base of recurrent layers with a method `step`, as Keras 2.0 had it.

    A subclass sets `units` and writes `build` and `step(inputs, states)`, which returns
    the output and a list of new states; `states` also holds what `get_constants`
    returned, after the states. New layers are better written as a cell for `RNN`.

    Args:
        return_sequences: Whether the output has all time steps, or the last.
        return_state: Whether the last states are returned too.
        go_backwards: Whether time runs from the end.
        stateful: Whether the states of a batch go on in the next one.
        unroll: Whether the loop is written out.
        implementation: Of no effect.
        **kwargs: Arguments of `Layer`.

    Input shape: `(batch, time, features)`.

    Output shape: `(batch, units)`, with `return_sequences` `(batch, time, units)`.

    Example:

    >>> import kerasish as keras
    >>> class Sum(keras.layers.Recurrent):
    ...     units = 3
    ...     def step(self, inputs, states):
    ...         total = inputs + states[0]
    ...         return total, [total]
    >>> Sum()(keras.ops.ones((1, 4, 3))).numpy().tolist()
    [[4.0, 4.0, 4.0]]
    """

    def __init__(
        self,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        implementation: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.implementation = implementation
        self.supports_masking = True
        self.input_spec = InputSpec(ndim=3)
        # Only their number counts before a stateful layer is called.
        self.states: list[Any] = [None]

    def step(self, inputs: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        """Return the output and the new states of one time step; to be overridden.

        Args:
            inputs: Tensor of shape `(batch, features)`.
            states: The states and the constants.
        """
        raise NotImplementedError(f"{type(self).__name__} has no `step()` method.")

    def get_constants(self, inputs: Any, training: Any = None) -> list[Any]:
        """Return what each step gets after the states, by default nothing."""
        return []

    def preprocess_input(self, inputs: Any, training: Any = None) -> Any:
        """Return the sequence that the steps run over, by default the input."""
        return inputs

    def get_initial_state(self, inputs: Any) -> list[Any]:
        """Return the first states, by default zeros of shape `(batch, units)`."""
        shape = (ops.shape(inputs)[0], self.units)
        return [ops.zeros(shape, self.compute_dtype) for _ in self.states]

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: Any = None,
        initial_state: Any = None,
    ) -> Any:
        """Return the output of the steps."""
        constants = self.get_constants(inputs, training)
        sequence = self.preprocess_input(inputs, training)
        states = self._first_states(inputs, initial_state)

        def step(x: Any, states: Any) -> tuple[Any, Any]:
            output, new = self.step(x, [*states, *constants])
            return output, list(new)

        before = None
        if mask is not None:
            before = ops.zeros_like(step(sequence[:, 0], states)[0])
        last, outputs, states = run_steps(
            step,
            sequence,
            states,
            mask=mask,
            first_output=before,
            go_backwards=self.go_backwards,
            unroll=self.unroll,
        )
        if self.stateful:
            for variable, state in zip(self.states, states):
                variable.assign(state)
        output = outputs if self.return_sequences else last
        return (output, *states) if self.return_state else output

    def _first_states(self, inputs: Any, given: Any) -> list[Any]:
        if given is not None:
            return list(given) if isinstance(given, (list, tuple)) else [given]
        if not self.stateful:
            return self.get_initial_state(inputs)
        return [variable.value for variable in self.states]

    def _maybe_build(self, tensors: dict[str, Any]) -> None:
        super()._maybe_build(tensors)
        if self.stateful and self.states[0] is None:
            shape = next(iter(tensors.values())).shape
            if shape[0] is None:
                raise ValueError(
                    f'layer "{self.name}": a stateful layer needs a known batch size.'
                    f"\n  got: input {tuple(shape)}"
                )
            first = self.get_initial_state(ops.zeros([size or 1 for size in shape]))
            kept = [Variable(x, trainable=False, name="rnn_state") for x in first]
            object.__setattr__(self, "states", kept)

    def reset_states(self, states: Any = None) -> None:
        """Set the states of a stateful layer.

        Args:
            states: List of arrays; zeros by default.
        """
        for i, variable in enumerate(self.states):
            if variable is not None:
                fresh = ops.zeros_like(variable.value) if states is None else states[i]
                variable.assign(fresh)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask of the output, `None` for the states."""
        kept = mask if self.return_sequences else None
        return [kept, *(None for _ in self.states)] if self.return_state else kept


class ConvRecurrent2D(Recurrent):
    """Base of recurrent layers of one's own for sequences of images, as `Recurrent`.

    A subclass writes `build`, `step` and, for its states, `get_initial_state`.

    Args:
        filters: Number of channels of the output.
        kernel_size: Height and width of the windows.
        strides: Steps of the windows.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        dilation_rate: Distances of the pixels of a window.
        return_sequences: Whether the output has all time steps, or the last.
        go_backwards: Whether time runs from the end.
        stateful: Whether the states of a batch go on in the next one.
        **kwargs: Arguments of `Recurrent`.

    Input shape: `(batch, time, rows, columns, channels)`.

    Output shape: that of `step`, with `return_sequences` after the time.

    Example:

    >>> import kerasish as keras
    >>> class Sum(keras.layers.ConvRecurrent2D):
    ...     def get_initial_state(self, inputs):
    ...         return [keras.ops.zeros_like(inputs[:, 0])]
    ...     def step(self, inputs, states):
    ...         total = inputs + states[0]
    ...         return total, [total]
    >>> Sum(1, 1)(keras.ops.ones((1, 4, 2, 2, 1))).shape
    (1, 2, 2, 1)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        return_sequences: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            return_sequences=return_sequences,
            go_backwards=go_backwards,
            stateful=stateful,
            **kwargs,
        )
        self.filters = positive_int(filters, "filters")
        self.kernel_size = _pair(kernel_size)
        self.strides = _pair(strides)
        self.padding = padding
        self.data_format = standardize_data_format(data_format)
        self.dilation_rate = _pair(dilation_rate)
        self.input_spec = InputSpec(ndim=5)


def _pair(value: Any) -> tuple[int, int]:
    first, second = value if isinstance(value, (list, tuple)) else (value, value)
    return int(first), int(second)
