"""Variables, constants and placeholders; reading and writing values."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasish.backend import config, ops, random
from kerasish.backend.dtypes import standardize_dtype
from kerasish.backend.graph import (
    Tensor,
    Variable,
    as_numpy,
    as_tensor,
    eager_scope,
    stop_recording,
)
from kerasish.backend.graph import placeholder as graph_placeholder
from kerasish.backend.keras_functions.scopes import follows_arguments
from kerasish.backend.keras_functions.sparse import SparseTensor, dense_array
from kerasish.backend.ops import operators
from kerasish.naming import auto_name


class SymbolicVariable(Variable):
    """A Variable whose operators build graphs, also outside of every scope.

    Example:

    >>> w = SymbolicVariable([1.0, 2.0])
    >>> doubled = w * 2.0
    >>> w.assign([3.0, 4.0]).numpy().tolist(), doubled.numpy().tolist()
    ([3.0, 4.0], [6.0, 8.0])
    """


def _building(method: Callable) -> Callable:
    return functools.update_wrapper(follows_arguments(method), method)


def _install_operators() -> None:
    names = [*operators.UNARY, *operators.REFLECTED, *operators.COMPARISONS, "getitem"]
    names += [f"r{name}" for name in operators.REFLECTED]
    by_identity = SymbolicVariable.__hash__
    for name in names:
        method = getattr(Variable, f"__{name}__")
        setattr(SymbolicVariable, f"__{name}__", _building(method))
    SymbolicVariable.__hash__ = by_identity


_install_operators()


def _new_variable(
    value: Any, dtype: str | None, name: str | None, constraint: Any = None
) -> Variable:
    with eager_scope(), stop_recording():
        made = SymbolicVariable(
            value,
            dtype=None if dtype is None else standardize_dtype(dtype),
            name=name or auto_name("variable"),
        )
    made.constraint = constraint
    return made


def variable(
    value: Any,
    dtype: str | None = None,
    name: str | None = None,
    constraint: Any = None,
) -> Variable:
    """Make a Variable.

    Args:
        value: The first value: anything like an array, also a SciPy sparse matrix,
            which is made dense.
        dtype: The data type; the default float type for `None`.
        name: An optional name.
        constraint: A function that an optimizer applies after each update.

    Returns:
        A Variable. What functions of this module make of it is symbolic: it has
        gradients, and changes with the Variable.

    Example:

    >>> variable([[1.0, 2.0]], name="w").numpy()
    array([[1., 2.]], dtype=float32)
    """
    dtype = dtype or config.floatx()
    if isinstance(value, (Tensor, Variable)):
        value = get_value(value)
    array = np.asarray(dense_array(value))
    return _new_variable(array, dtype, name, constraint)


def constant(
    value: Any,
    dtype: str | None = None,
    shape: Sequence[int] | None = None,
    name: str | None = None,
) -> Tensor:
    """Make a tensor with a fixed value.

    Args:
        value: Anything like an array.
        dtype: The data type; the default float type for `None`.
        shape: The shape wanted: a single number fills it, and more are reshaped.
        name: An optional name.

    Example:

    >>> constant(2, shape=(1, 3)).numpy()
    array([[2., 2., 2.]], dtype=float32)
    """
    array = np.asarray(value)
    if shape is not None:
        filled = np.broadcast_to(array, tuple(shape)) if array.size == 1 else None
        array = array.reshape(tuple(shape)) if filled is None else filled
    tensor = as_tensor(array, dtype or config.floatx()).fresh()
    tensor.name = name
    return tensor


def placeholder(
    shape: Sequence[int | None] | None = None,
    ndim: int | None = None,
    dtype: str | None = None,
    sparse: bool = False,
    name: str | None = None,
    ragged: bool = False,
) -> Tensor:
    """Make a symbolic tensor that a function is fed with.

    Args:
        shape: The shape, `None` for sizes that may differ between calls.
        ndim: The number of axes, in place of a shape.
        dtype: The data type; the default float type for `None`.
        sparse: Must be false: SciPy matrices are made dense when they are fed.
        name: An optional name.
        ragged: Must be false.

    Raises:
        ValueError: If neither shape nor number of axes is given, or for a sparse or
            ragged one.

    Example:

    >>> placeholder((None, 3)).shape
    (None, 3)
    """
    if sparse or ragged:
        raise ValueError(
            "Sparse and ragged placeholders do not exist here; leave the argument out "
            "and feed dense arrays or SciPy matrices, which are made dense.\n"
            f"Received: sparse={sparse}, ragged={ragged}"
        )
    if shape is None and ndim is None:
        raise ValueError("placeholder: give either `shape` or `ndim`.")
    sizes = (None,) * ndim if shape is None else tuple(shape)
    return graph_placeholder(sizes, dtype or config.floatx(), name)


def _filled(shape: Any, number: float, dtype: str | None, name: str | None) -> Any:
    dtype = dtype or config.floatx()
    shape = (shape,) if isinstance(shape, (int, np.integer)) else shape
    sizes = tuple(shape) if isinstance(shape, (list, tuple, np.ndarray)) else shape
    known = isinstance(sizes, tuple) and not any(
        size is None or isinstance(size, Tensor) for size in sizes
    )
    if known:
        return _new_variable(np.full(sizes, number), dtype, name)
    return ops.full(sizes, number, dtype=dtype)


@follows_arguments
def zeros(shape: Any, dtype: str | None = None, name: str | None = None) -> Any:
    """Make a Variable full of zeros, or a tensor where a size is symbolic.

    Args:
        shape: The sizes.
        dtype: The data type; the default float type for `None`.
        name: An optional name.

    Example:

    >>> zeros((2, 3)).numpy().sum()
    np.float32(0.0)
    """
    return _filled(shape, 0, dtype, name)


@follows_arguments
def ones(shape: Any, dtype: str | None = None, name: str | None = None) -> Any:
    """Make a Variable full of ones, or a tensor where a size is symbolic.

    Args:
        shape: The sizes.
        dtype: The data type; the default float type for `None`.
        name: An optional name.

    Example:

    >>> ones((2, 3)).numpy().sum()
    np.float32(6.0)
    """
    return _filled(shape, 1, dtype, name)


def eye(size: Any, dtype: str | None = None, name: str | None = None) -> Variable:
    """Make a Variable that is a unit matrix.

    Args:
        size: The number of rows, or a pair of rows and columns.
        dtype: The data type; the default float type for `None`.
        name: An optional name.

    Example:

    >>> eye(2).numpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    rows, columns = size if isinstance(size, (list, tuple)) else (size, size)
    return _new_variable(np.eye(rows, columns), dtype or config.floatx(), name)


def random_uniform_variable(
    shape: Sequence[int],
    low: float,
    high: float,
    dtype: str | None = None,
    name: str | None = None,
    seed: int | None = None,
) -> Variable:
    """Make a Variable with values spread evenly over `[low, high)`.

    Args:
        shape: The sizes.
        low: The lower end.
        high: The upper end.
        dtype: The data type; the default float type for `None`.
        name: An optional name.
        seed: An integer for the same values every time.

    Example:

    >>> random_uniform_variable((2, 3), 0.0, 1.0).shape
    (2, 3)
    """
    with eager_scope(), stop_recording():
        value = random.uniform(tuple(shape), low, high, dtype, seed)
    return _new_variable(value, dtype or config.floatx(), name)


def random_normal_variable(
    shape: Sequence[int],
    mean: float,
    scale: float,
    dtype: str | None = None,
    name: str | None = None,
    seed: int | None = None,
) -> Variable:
    """Make a Variable with normally distributed values.

    Args:
        shape: The sizes.
        mean: The mean.
        scale: The standard deviation.
        dtype: The data type; the default float type for `None`.
        name: An optional name.
        seed: An integer for the same values every time.

    Example:

    >>> random_normal_variable((2, 3), 0.0, 1.0).shape
    (2, 3)
    """
    with eager_scope(), stop_recording():
        value = random.normal(tuple(shape), mean, scale, dtype, seed)
    return _new_variable(value, dtype or config.floatx(), name)


def get_value(x: Any) -> np.ndarray:
    """Return the value of a Variable or tensor as a NumPy array.

    Args:
        x: A Variable, or a tensor that depends on no placeholder.

    Raises:
        TypeError: If a placeholder would have to be fed; see `function`.

    Example:

    >>> get_value(variable([1.0, 2.0]))
    array([1., 2.], dtype=float32)
    """
    if isinstance(x, SparseTensor):
        return dense_array(x)
    with eager_scope(), stop_recording():
        return as_numpy(x)


def batch_get_value(tensors: Sequence[Any]) -> list[np.ndarray]:
    """Return the values of several Variables or tensors.

    Args:
        tensors: What `get_value` accepts.

    Example:

    >>> batch_get_value([variable(1.0), variable(2.0)])
    [array(1., dtype=float32), array(2., dtype=float32)]
    """
    return [get_value(x) for x in tensors]


def set_value(x: Variable, value: Any) -> None:
    """Write the value of a Variable at once.

    Args:
        x: A Variable.
        value: Anything like an array, of its shape.

    Raises:
        ShapeError: If the shape differs.

    Example:

    >>> w = variable([1.0, 2.0])
    >>> set_value(w, [3.0, 4.0])
    >>> get_value(w)
    array([3., 4.], dtype=float32)
    """
    with eager_scope(), stop_recording():
        x.assign(np.asarray(dense_array(value)))


def batch_set_value(tuples: Sequence[tuple[Variable, Any]]) -> None:
    """Write the values of several Variables at once.

    Args:
        tuples: Pairs of a Variable and its value.

    Example:

    >>> w = variable(1.0)
    >>> batch_set_value([(w, 5.0)])
    >>> get_value(w)
    array(5., dtype=float32)
    """
    for x, value in tuples:
        set_value(x, value)
