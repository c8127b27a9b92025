"""What LSTM, GRU and SimpleRNN share: they make their own cell."""

from __future__ import annotations

import inspect
from typing import Any

from kerasish.layers.recurrent.rnn import RNN
from kerasish.registry import to_snake_case

_LAYER_ARGUMENTS = (
    "activity_regularizer",
    "return_sequences",
    "return_state",
    "go_backwards",
    "stateful",
    "unroll",
)


class CellRNN(RNN):
    """Base of the recurrent layers that make their own cell.

    The arguments of the cell can be read from the layer. With the usual activations
    and no dropout, all steps are computed by one operation; else the loop calls the
    cell.

    Args:
        **kwargs: Arguments of the layer and of its cell.
    """

    cell_class: type

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in _cell_arguments(cls):
            setattr(cls, name, _read_from_cell(name))

    def __init__(self, **kwargs: Any) -> None:
        for name in ("use_cudnn", "implementation"):
            kwargs.pop(name, None)
        cell_arguments = {
            name: kwargs.pop(name) for name in _cell_arguments(type(self))
        }
        common = {
            name: kwargs[name] for name in ("dtype", "trainable") if name in kwargs
        }
        layer_arguments = {name: kwargs.pop(name) for name in _LAYER_ARGUMENTS}
        name = to_snake_case(self.cell_class.__name__)
        cell = self.cell_class(**cell_arguments, **common, name=name)
        super().__init__(cell, **layer_arguments, **kwargs)

    def has_fast_form(self) -> bool:
        """Tell whether the arguments allow the form that computes all steps at once."""
        return False

    def run_fast(self, sequences: Any, states: Any, mask: Any) -> tuple:
        """Run over all steps; return the last output, all outputs and the states."""
        raise NotImplementedError(f"{type(self).__name__} has no fast form.")

    def inner_loop(
        self,
        sequences: Any,
        initial_state: Any,
        mask: Any,
        training: bool | None = None,
        constants: Any = None,
    ) -> tuple:
        """Run over all steps; return the last output, all outputs and the states."""
        cell = self.cell
        drops = training and (cell.dropout or cell.recurrent_dropout)
        if drops or self.unroll or constants or not self.has_fast_form():
            return super().inner_loop(
                sequences, initial_state, mask, training, constants
            )
        return self.run_fast(sequences, initial_state, mask)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        for name in ("cell", "use_cudnn"):
            config.pop(name, None)
        return config


def _cell_arguments(cls: type) -> list[str]:
    """Returns the arguments that a layer class hands on to its cell."""
    cell_class = getattr(cls, "cell_class", None)
    if cell_class is None:
        return []
    names = inspect.signature(cell_class.__init__).parameters
    return [name for name in names if name not in ("self", "kwargs")]


def _read_from_cell(name: str) -> property:
    return property(
        lambda layer: getattr(layer.cell, name), doc=f"The cell's `{name}`."
    )
