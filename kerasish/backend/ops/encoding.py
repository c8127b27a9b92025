"""Class numbers as vectors of zeros and ones."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.config import floatx
from kerasish.backend.dtypes import numpy_dtype, standardize_dtype
from kerasish.backend.graph import Op, Spec, Tensor, as_tensor, register
from kerasish.backend.ops.shape_arguments import normalise_axis
from kerasish.errors import ShapeError


class OneHot(Op):
    """One where the position on a new axis equals the element, else zero."""

    name = "one_hot"
    differentiable = False

    def infer(self, x: Spec, *, count: int, axis: int, dtype: str) -> Spec:
        return Spec((*x.shape[:axis], count, *x.shape[axis:]), dtype)

    def kernel(
        self, xp: Any, x: Any, *, out: Any = None, count: int, axis: int, dtype: str
    ) -> Any:
        line = [1] * (x.ndim + 1)
        line[axis] = count
        # Of the type of `x` where that holds them: a mixed comparison converts first.
        kind = x.dtype if x.dtype.itemsize >= 4 else "int32"
        classes = xp.arange(count, dtype=kind).reshape(line)
        return (xp.expand_dims(x, axis) == classes).astype(numpy_dtype(dtype))


one_hot_op = register(OneHot())


def one_hot(
    x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Tensor:
    """Turn class numbers into vectors with a single 1.

    Args:
        x: Integers; those outside `[0, num_classes)` give zeros only.
        num_classes: The length of the vectors.
        axis: The position of the new axis in the result.
        dtype: The data type of the result, the default float type by default.
        sparse: Accepted for compatibility; the result is always dense.

    Returns:
        A tensor with one axis more.

    Example:

    >>> one_hot([0, 2], 3).numpy()
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    x = as_tensor(x)
    if x.dtype.startswith("float"):
        x = ops.cast(x, "int32")
    axis = normalise_axis(axis, x.ndim + 1, "one_hot")
    dtype = floatx() if dtype is None else standardize_dtype(dtype)
    return one_hot_op(x, count=int(num_classes), axis=axis, dtype=dtype)


def multi_hot(
    inputs: Any,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: Any = None,
    sparse: bool = False,
    **kwargs: Any,
) -> Tensor:
    """Turn sets of class numbers into vectors with a 1 for each member.

    Args:
        inputs: Integers, one set a row: a vector, or a batch of sets along axis 1.
        num_classes: The length of the vectors.
        axis: The position of the new axis, before the sets' own axis is gone.
        dtype: The data type of the result, the default float type by default.
        sparse: Accepted for compatibility; the result is always dense.
        **kwargs: `num_tokens`, the older name of `num_classes`.

    Returns:
        A tensor with the members' axis replaced by the classes' one.

    Raises:
        ShapeError: If `num_classes` is missing.

    Example:

    >>> multi_hot([[0, 2], [1, 1]], 3).numpy()
    array([[1., 0., 1.],
           [0., 1., 0.]], dtype=float32)
    """
    num_classes = kwargs.pop("num_tokens", num_classes)
    if num_classes is None or kwargs:
        raise ShapeError(
            f"multi_hot: num_classes is needed.\n  got: num_classes={num_classes}, "
            f"other arguments {sorted(kwargs)}"
        )
    x = as_tensor(inputs)
    vectors = one_hot(x, num_classes, axis=axis, dtype=dtype)
    return ops.max(vectors, axis=1 if x.ndim > 1 else 0)
