"""Cells around other cells."""

from __future__ import annotations

from typing import Any

from kerasish.graph.cells import LSTMStateTuple, RNNCell, linear, over_time
from kerasish.graph.mathematics import add
from kerasish.graph.neural import dropout


class _Wrapper(RNNCell):
    """A cell around another one."""

    def __init__(self, cell: RNNCell) -> None:
        super().__init__()
        self._cell = cell

    @property
    def state_size(self) -> Any:
        return self._cell.state_size

    @property
    def output_size(self) -> int:
        return self._cell.output_size


@over_time("cells.DropoutWrapper(cells.GRUCell(3), output_keep_prob=0.5)", 3)
class DropoutWrapper(_Wrapper):
    """Drops elements of what goes into a cell, and of what comes out.

    Args:
        cell: The cell.
        input_keep_prob: The probability that an element of the input stays.
        output_keep_prob: The probability that one of the output stays.
        state_keep_prob: That of the state, without the memory of LSTMs.
        variational_recurrent: Must be false: every step draws anew.
        input_size: Kept for the signature.
        dtype: Kept for the signature.
        seed: A seed.

    Raises:
        ValueError: If the same draws are wanted for all steps.
    """

    def __init__(
        self, cell: RNNCell, input_keep_prob: Any = 1.0, output_keep_prob: Any = 1.0,
        state_keep_prob: Any = 1.0, variational_recurrent: bool = False,
        input_size: Any = None, dtype: Any = None, seed: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(cell)
        if variational_recurrent:
            raise ValueError("variational_recurrent is not supported.")
        self._keep = (input_keep_prob, output_keep_prob, state_keep_prob)
        self._seed = seed

    def _dropped(self, value: Any, number: int) -> Any:
        keep = self._keep[number]
        if isinstance(keep, (int, float)) and keep == 1:
            return value
        if isinstance(value, LSTMStateTuple):
            return LSTMStateTuple(value.c, self._dropped(value.h, number))
        if isinstance(value, (list, tuple)):
            return tuple(self._dropped(part, number) for part in value)
        return dropout(value, keep, seed=self._seed)

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> tuple[Any, Any]:
        output, after = self._cell(self._dropped(inputs, 0), state, scope)
        return self._dropped(output, 1), self._dropped(after, 2)


@over_time("cells.ResidualWrapper(cells.GRUCell(3))", 3)
class ResidualWrapper(_Wrapper):
    """Adds the input of a cell to its output.

    Args:
        cell: The cell, whose input and output have one size.
    """

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> tuple[Any, Any]:
        output, after = self._cell(inputs, state, scope)
        return add(inputs, output), after


@over_time("cells.OutputProjectionWrapper(cells.GRUCell(3), 1)", 1)
class OutputProjectionWrapper(_Wrapper):
    """A dense layer behind a cell.

    Args:
        cell: The cell.
        output_size: The size of the output.
        activation: A function, or `None`.
    """

    default_name = "output_projection_wrapper"

    def __init__(self, cell: RNNCell, output_size: int, activation: Any = None) -> None:
        super().__init__(cell)
        self._output_size, self._activation = output_size, activation

    @property
    def output_size(self) -> int:
        return self._output_size

    def call(self, inputs: Any, state: Any) -> tuple[Any, Any]:
        output, after = self._cell(inputs, state)
        projected = linear([output], self._output_size)
        return (self._activation or (lambda x: x))(projected), after
