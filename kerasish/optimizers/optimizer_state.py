"""The state of optimizers: Variables that follow those to train."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasish import initializers
from kerasish.backend import config, ops
from kerasish.backend.devices import current_device
from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph import Tensor, Variable, eager_scope
from kerasish.initializers.fixed_values import Zeros
from kerasish.initializers.initializer import gives_new_array

_ALIGNMENT = 64


class _ZerosOfOneBlock(Zeros):
    """Zeros for many Variables in one block of memory.

    A block is as cheap to get as an array, and a large one has large pages.

    Args:
        variables: Those whose shapes the arrays will have.
        copies: How many arrays each of them gets.
    """

    def __init__(self, variables: Sequence[Variable], copies: int) -> None:
        sizes = [_byte_size(variable.shape, variable.dtype) for variable in variables]
        room = copies * sum(map(_aligned, sizes))
        device = current_device()
        with device.guard():
            self._block = device.xp.zeros((room,), np.uint8)
        self._used = 0

    @gives_new_array
    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Return the next part of the block, or an own array when it is used up."""
        start, end = self._used, self._used + _byte_size(shape, dtype)
        if end > self._block.size:
            return super().__call__(shape, dtype)
        self._used = _aligned(end)
        part = self._block[start:end].view(numpy_dtype(dtype)).reshape(shape)
        return Tensor(None, 0, part)


def _byte_size(shape: Any, dtype: str) -> int:
    return math.prod(shape) * numpy_dtype(dtype).itemsize


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


class OptimizerState:
    """The part of an optimizer that owns its Variables.

    Example:

    >>> from kerasish.optimizers import SGD
    >>> [variable.name for variable in SGD(0.1).variables]
    ['iteration', 'learning_rate']
    """

    _variables: list[Variable]
    # What `add_optimizer_variables` has made.
    _state_groups: list[list[Variable]]
    epsilon: float
    # Whether `epsilon` is added to a root, as in Keras 2, not to what is under it.
    epsilon_outside = False

    def _start_state(self) -> None:
        self.__dict__.update(_variables=[], _state_groups=[])

    def __setattr__(self, name: str, value: Any) -> None:
        if "_variables" not in self.__dict__:
            raise RuntimeError(
                f"Optimizer {type(self).__name__!r} must call `super().__init__()` as "
                "the first statement of its `__init__`."
            )
        is_property = isinstance(getattr(type(self), name, None), property)
        if isinstance(value, Variable) and not is_property:
            self._track_value(value)
        super().__setattr__(name, value)

    def _track_value(self, variable: Variable) -> None:
        if not any(variable is known for known in self._variables):
            self._variables.append(variable)

    @property
    def variables(self) -> list[Variable]:
        """The state: iterations, learning rate, then that of the algorithm."""
        return list(self._variables)

    @property
    def weights(self) -> list[Variable]:
        """The state (the name of Keras 2), or what an own `get_updates` calls so."""
        return self.__dict__.get("_given_weights") or self.variables

    @weights.setter
    def weights(self, value: Any) -> None:
        self.__dict__["_given_weights"] = list(value)

    def add_variable(
        self,
        shape: Any,
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Make a Variable of the optimizer's state.

        Args:
            shape: Its shape.
            initializer: An initializer or its name.
            dtype: Its dtype, `floatx()` by default.
            aggregation: How replicas would be combined.
            layout: Accepted for the signature of Keras 3.
            name: Its name.
        """
        with eager_scope():
            variable = Variable(
                initializers.get(initializer),
                shape=tuple(shape),
                dtype=dtype,
                trainable=False,
                autocast=False,
                aggregation=aggregation,
                name=name,
            )
        variable.path = f"{self.name}/{variable.name}"
        self._variables.append(variable)
        return variable

    def add_variable_from_reference(
        self,
        reference_variable: Variable,
        name: str = "var",
        initializer: Any = "zeros",
    ) -> Variable:
        """Make a state Variable of the shape and dtype of another Variable.

        Args:
            reference_variable: A Variable to train.
            name: What it holds; the Variable's path comes before it.
            initializer: An initializer or its name.
        """
        prefix = reference_variable.path.replace("/", "_")
        return self.add_variable(
            reference_variable.shape,
            initializer,
            dtype=reference_variable.dtype,
            name=f"{prefix}_{name}",
        )

    def add_optimizer_variables(
        self,
        trainable_variables: Sequence[Variable],
        name: Any,
        initializer: Any = "zeros",
    ) -> Any:
        """Make one state Variable (or several) for each Variable to train.

        Args:
            trainable_variables: The Variables to train.
            name: What the state Variable holds, or a list of such names.
            initializer: An initializer, or one for each name.

        Returns:
            A list; with a list of names, a tuple of lists.

        Raises:
            ValueError: If the numbers of names and initializers differ.
        """
        names = [name] if isinstance(name, str) else list(name)
        several = isinstance(initializer, (list, tuple))
        starts = list(initializer) if several else [initializer] * len(names)
        if len(starts) != len(names):
            raise ValueError(
                "There must be one initializer for each name.\n"
                f"Received: name={name}, initializer={initializer}"
            )
        if starts.count("zeros") > 0:
            block = _ZerosOfOneBlock(trainable_variables, starts.count("zeros"))
            starts = [block if start == "zeros" else start for start in starts]
        made: tuple[list, ...] = tuple([] for _ in names)
        for variable in trainable_variables:
            for group, kind, start in zip(made, names, starts):
                group.append(self.add_variable_from_reference(variable, kind, start))
        self._state_groups += made
        return made[0] if isinstance(name, str) else made

    def get_weights(self) -> list:
        """Return the values of `variables` as NumPy arrays."""
        return [variable.numpy() for variable in self.variables]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set the values of `variables`.

        Args:
            weights: An array for each.

        Raises:
            ValueError: If the optimizer is not built or the number is wrong.
        """
        if not self.built:
            raise ValueError(
                f"Optimizer {self.name!r} is not built: call `build(variables)` first."
            )
        if len(weights) != len(self.variables):
            raise ValueError(
                f"Optimizer {self.name!r} has {len(self.variables)} variables.\n"
                f"Received: weights of length {len(weights)}"
            )
        for variable, weight in zip(self.variables, weights):
            variable.assign(weight)

    def save_own_variables(self, store: Any) -> None:
        """Put the state into a dict-like store, under `"0"`, `"1"`, ..."""
        for index, variable in enumerate(self.variables):
            store[str(index)] = variable.numpy()

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Read the state from a store; one of another length is left alone."""
        if len(store.keys()) != len(self.variables):
            warnings.warn(
                f"The state of optimizer {self.name!r} is not loaded: it has "
                f"{len(self.variables)} variables, the file {len(store.keys())}.",
                stacklevel=2,
            )
            return
        for index, variable in enumerate(self.variables):
            variable.assign(store[str(index)])

    @staticmethod
    def _epsilon(value: float | None) -> float:
        """The small constant of a divisor; `None` is that of the backend."""
        return config.epsilon() if value is None else value

    def _root(self, squares: Any) -> Any:
        """Return the divisor of a step: the root, kept above zero by `epsilon`."""
        if self.epsilon_outside:
            return ops.sqrt(squares) + self.epsilon
        return ops.sqrt(squares + self.epsilon)
