"""The cells of recurrent networks: one step in time each."""

from __future__ import annotations

import contextlib
from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from kerasish.graph.arrays import concat, shape, split
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.creation import zeros
from kerasish.graph.differentiation import clip_by_value
from kerasish.graph.documentation import example
from kerasish.graph.initializers import Constant, Zeros
from kerasish.graph.mathematics import sigmoid, tanh
from kerasish.graph.neural import bias_add
from kerasish.graph.products import matmul
from kerasish.graph.scopes import get_variable, variable_scope
from kerasish.graph.tensors import Tensor

LSTMStateTuple = namedtuple("LSTMStateTuple", ["c", "h"])
LSTMStateTuple.__doc__ = """The state of an LSTM: the memory `c`, and the output `h`.

Example:

>>> LSTMStateTuple(1, 2).c
1
"""


def over_time(cell: str, size: int) -> Callable:
    """Return a decorator that adds an example of a cell to its docstring.

    Args:
        cell: What makes the cell; the module of cells is called `cells`.
        size: The size of its output.
    """
    return example(
        "y.shape", f"(2, 5, {size})", "cells = tf.nn.rnn_cell", f"cell = {cell}",
        "y, state = tf.nn.dynamic_rnn(cell, tf.ones([2, 5, 3]), dtype=tf.float32)",
        run=False,
    )  # fmt: skip


class RNNCell:
    """One step of a recurrent network; subclasses define `call` and two sizes.

    Args:
        name: The name of its variable scope.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default():
    ...     cell = tf.nn.rnn_cell.GRUCell(4)
    ...     output, state = cell(tf.zeros([2, 3]), cell.zero_state(2, tf.float32))
    >>> output.shape.as_list()
    [2, 4]
    """

    default_name = "rnn_cell"

    def __init__(self, name: str | None = None) -> None:
        self._name = name
        self._scope: Any = None

    @property
    def state_size(self) -> Any:
        """The size of the state, or a structure of sizes."""
        raise NotImplementedError

    @property
    def output_size(self) -> int:
        """The size of the output."""
        raise NotImplementedError

    def call(self, inputs: Any, state: Any) -> tuple[Any, Any]:
        """Return the output and the next state.

        Args:
            inputs: `(batch, size)`.
            state: The state from before.
        """
        raise NotImplementedError

    @contextlib.contextmanager
    def _opened(self, scope: Any) -> Iterator[None]:
        """The scope of the variables, used again from the second call on."""
        known = self.__dict__.get("_scope")
        if known is not None:
            with variable_scope(known, reuse=True):
                yield
            return
        name = self.__dict__.get("_name") or self.default_name
        with variable_scope(scope, default_name=name) as opened:
            yield
            self._scope = opened

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> tuple[Any, Any]:
        with self._opened(scope):
            return self.call(convert_to_tensor(inputs), state)

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Return the state before the first step.

        Args:
            batch_size: The number of rows, which may be a tensor.
            dtype: The data type.
        """
        return _zeros(self.state_size, batch_size, dtype)


def _zeros(size: Any, batch: Any, dtype: Any) -> Any:
    if hasattr(size, "_fields"):
        return type(size)(*(_zeros(part, batch, dtype) for part in size))
    if isinstance(size, (list, tuple)):
        return tuple(_zeros(part, batch, dtype) for part in size)
    return zeros([batch, int(size)], dtype)


def linear(
    arguments: Sequence[Any],
    size: int,
    bias: Any = Zeros,
    initializer: Any = None,
) -> Tensor:
    """Return the product of some tensors, side by side, with a kernel, and a bias.

    Args:
        arguments: Tensors `(batch, ...)`.
        size: The number of columns of the kernel.
        bias: The initializer of the bias; `None` for no bias.
        initializer: The initializer of the kernel.
    """
    x = concat(list(arguments), 1) if len(arguments) > 1 else arguments[0]
    rows = x.shape[1].value
    kernel = get_variable("kernel", [rows, size], x.dtype, initializer)
    y = matmul(x, kernel)
    if bias is None:
        return y
    return bias_add(y, get_variable("bias", [size], x.dtype, bias))


class _Sized(RNNCell):
    """A cell whose output is its state."""

    def __init__(
        self, num_units: int, activation: Any = None, reuse: Any = None,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(name)
        self._num_units = num_units
        self._activation = activation or tanh

    @property
    def state_size(self) -> Any:
        return self._num_units

    @property
    def output_size(self) -> int:
        return self._num_units


@over_time("cells.BasicRNNCell(4)", 4)
class BasicRNNCell(_Sized):
    """`activation([x, h] W + b)`.

    Args:
        num_units: The size of the state.
        activation: A function, `tanh` for `None`.
        reuse: Kept for the signature.
        name: The name of its variable scope.
        dtype: Kept for the signature.
    """

    default_name = "basic_rnn_cell"

    def call(self, inputs: Any, state: Any) -> tuple[Any, Any]:
        output = self._activation(linear([inputs, state], self._num_units))
        return output, output


@over_time("cells.GRUCell(4)", 4)
class GRUCell(_Sized):
    """Gated recurrent unit (Cho et al., 2014).

    Args:
        num_units: The size of the state.
        activation: A function, `tanh` for `None`.
        reuse: Kept for the signature.
        kernel_initializer: The initializer of the kernels.
        bias_initializer: That of the biases; ones for the gates, and zeros, for `None`.
        name: The name of its variable scope.
    """

    default_name = "gru_cell"

    def __init__(
        self, num_units: int, activation: Any = None, reuse: Any = None,
        kernel_initializer: Any = None, bias_initializer: Any = None,
        name: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(num_units, activation, reuse, name)
        self._initializer = kernel_initializer
        self._of_gates = bias_initializer or Constant(1.0)
        self._of_candidate = bias_initializer or Zeros()

    def call(self, inputs: Any, state: Any) -> tuple[Any, Any]:
        size, start = self._num_units, self._initializer
        with variable_scope("gates"):
            gates = linear([inputs, state], 2 * size, self._of_gates, start)
        reset, update = split(sigmoid(gates), 2, axis=1)
        with variable_scope("candidate"):
            bias, given = self._of_candidate, [inputs, reset * state]
            new = self._activation(linear(given, size, bias, start))
        output = update * state + (1.0 - update) * new
        return output, output


@over_time("cells.LSTMCell(4, use_peepholes=True)", 4)
class LSTMCell(RNNCell):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997; Sak et al., 2014).

    Args:
        num_units: The size of the memory.
        use_peepholes: Whether the gates see the memory.
        cell_clip: The largest magnitude of the memory.
        initializer: The initializer of the kernels.
        num_proj: The size of the output; that of the memory for `None`.
        proj_clip: The largest magnitude of the output.
        num_unit_shards: Kept for the signature.
        num_proj_shards: Kept for the signature.
        forget_bias: Added to the forget gate.
        state_is_tuple: Whether the state is an `LSTMStateTuple`; else one tensor.
        activation: A function, `tanh` for `None`.
        reuse: Kept for the signature.
        name: The name of its variable scope.
    """

    default_name = "lstm_cell"

    def __init__(
        self, num_units: int, use_peepholes: bool = False, cell_clip: Any = None,
        initializer: Any = None, num_proj: int | None = None, proj_clip: Any = None,
        num_unit_shards: Any = None, num_proj_shards: Any = None,
        forget_bias: float = 1.0, state_is_tuple: bool = True, activation: Any = None,
        reuse: Any = None, name: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(name)
        self._num_units = num_units
        self._use_peepholes = use_peepholes
        self._cell_clip, self._proj_clip = cell_clip, proj_clip
        self._initializer = initializer
        self._num_proj = num_proj
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation = activation or tanh

    @property
    def state_size(self) -> Any:
        sizes = (self._num_units, self.output_size)
        return LSTMStateTuple(*sizes) if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> int:
        return self._num_proj or self._num_units

    def call(self, inputs: Any, state: Any) -> tuple[Any, Any]:
        size, activation = self._num_units, self._activation
        if self._state_is_tuple:
            memory, output = state
        else:
            memory, output = split(state, [size, self.output_size], 1)
        gates = linear([inputs, output], 4 * size, initializer=self._initializer)
        i, j, f, o = split(gates, 4, axis=1)
        f = f + self._forget_bias
        if self._use_peepholes:
            f = f + self._peephole("w_f_diag") * memory
            i = i + self._peephole("w_i_diag") * memory
        memory = sigmoid(f) * memory + sigmoid(i) * activation(j)
        if self._cell_clip is not None:
            memory = clip_by_value(memory, -self._cell_clip, self._cell_clip)
        if self._use_peepholes:
            o = o + self._peephole("w_o_diag") * memory
        output = sigmoid(o) * activation(memory)
        if self._num_proj is not None:
            with variable_scope("projection"):
                output = linear([output], self._num_proj, None, self._initializer)
            if self._proj_clip is not None:
                output = clip_by_value(output, -self._proj_clip, self._proj_clip)
        if self._state_is_tuple:
            return output, LSTMStateTuple(memory, output)
        return output, concat([memory, output], 1)

    def _peephole(self, name: str) -> Tensor:
        return get_variable(name, [self._num_units], initializer=self._initializer)


@over_time("cells.BasicLSTMCell(4)", 4)
class BasicLSTMCell(LSTMCell):
    """Long short-term memory without options; see `LSTMCell`.

    Args:
        num_units: The size of the memory.
        forget_bias: Added to the forget gate.
        state_is_tuple: Whether the state is an `LSTMStateTuple`; else one tensor.
        activation: A function, `tanh` for `None`.
        reuse: Kept for the signature.
        name: The name of its variable scope.
    """

    default_name = "basic_lstm_cell"

    def __init__(
        self, num_units: int, forget_bias: float = 1.0, state_is_tuple: bool = True,
        activation: Any = None, reuse: Any = None, name: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            num_units, forget_bias=forget_bias, state_is_tuple=state_is_tuple,
            activation=activation, name=name,
        )  # fmt: skip


@over_time("cells.MultiRNNCell([cells.GRUCell(8), cells.GRUCell(4)])", 4)
class MultiRNNCell(RNNCell):
    """Several cells, one on top of the other.

    Args:
        cells: The cells, the lowest first.
        state_is_tuple: Must be true.

    Raises:
        ValueError: If there are no cells.
    """

    default_name = "multi_rnn_cell"

    def __init__(self, cells: Sequence[RNNCell], state_is_tuple: bool = True) -> None:
        super().__init__()
        if not cells or not state_is_tuple:
            raise ValueError(
                "Must specify at least one cell, and keep states in tuples."
            )
        self._cells = list(cells)

    @property
    def state_size(self) -> Any:
        return tuple(cell.state_size for cell in self._cells)

    @property
    def output_size(self) -> int:
        return self._cells[-1].output_size

    def call(self, inputs: Any, state: Any) -> tuple[Any, Any]:
        states = []
        for number, (cell, before) in enumerate(zip(self._cells, state)):
            with variable_scope(f"cell_{number}"):
                inputs, after = cell(inputs, before)
            states.append(after)
        return inputs, tuple(states)


def batch_of(inputs: Tensor, axis: int) -> Any:
    """Return the number of rows of a tensor, as a tensor where it is unknown.

    Args:
        inputs: The tensor.
        axis: Which axis counts them.
    """
    known = inputs.shape[axis].value
    return shape(inputs)[axis] if known is None else known
