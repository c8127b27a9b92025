"""Symbolic tensors as Keras 3 names them."""

from __future__ import annotations

from typing import Any

from kerasish.backend.graph.leaves import placeholder
from kerasish.backend.graph.tensor import Tensor


class _Symbolic(type):
    """Makes placeholders, and takes every tensor without a value for an instance."""

    def __call__(
        cls,
        shape: tuple[int | None, ...],
        dtype: str = "float32",
        sparse: bool = False,
        ragged: bool = False,
        record_history: bool = True,
        name: str | None = None,
    ) -> Tensor:
        if sparse or ragged:
            raise ValueError(
                "Sparse and ragged tensors do not exist here.\n"
                f"Received: sparse={sparse}, ragged={ragged}"
            )
        return placeholder(tuple(shape), dtype, name)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.is_symbolic


class KerasTensor(Tensor, metaclass=_Symbolic):
    """A tensor without a value: a shape, a data type and what computes it.

    Args:
        shape: The shape, `None` for sizes that are not known.
        dtype: The data type.
        sparse: Must be false: there are no sparse tensors.
        ragged: Must be false: there are no ragged tensors.
        record_history: Has no effect: layers record their calls.
        name: An optional name.

    Raises:
        ValueError: If `sparse` or `ragged` is true.

    Example:

    >>> import kerasish as keras
    >>> x = keras.KerasTensor((None, 3))
    >>> keras.layers.Dense(2).compute_output_spec(x).shape
    (None, 2)
    >>> [isinstance(value, keras.KerasTensor) for value in (x, keras.ops.ones(2))]
    [True, False]
    """

    __slots__ = ()
