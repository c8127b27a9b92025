"""The entry of a functional model."""

from __future__ import annotations

from typing import Any

from kerasish.backend.dtypes import standardize_dtype
from kerasish.backend.graph import Tensor, placeholder
from kerasish.layers.layer import Layer
from kerasish.layers.node import Node


class InputLayer(Layer):
    """The layer behind a tensor made by `Input`.

    Args:
        shape: The shape without the batch axis, `None` for sizes that may differ.
        batch_size: The batch size if it is fixed.
        dtype: The data type; the default float type if `None`.
        sparse: Must be false: there are no sparse tensors.
        ragged: Must be false: there are no ragged tensors.
        batch_shape: The shape with the batch axis, instead of `shape`.
        input_tensor: A symbolic tensor to use instead of a new one.
        optional: Whether `None` may be passed for this input.
        name: The name.
        **kwargs: Old spellings: `input_shape`, `batch_input_shape`, `input_dtype`.

    Raises:
        ValueError: If there is no shape, or two.

    Example:

    >>> InputLayer(shape=(3,)).output.shape
    (None, 3)
    """

    def __init__(
        self,
        shape: tuple | None = None,
        batch_size: int | None = None,
        dtype: str | None = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: tuple | None = None,
        input_tensor: Tensor | None = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ):
        shape = kwargs.pop("input_shape", shape)
        batch_shape = kwargs.pop("batch_input_shape", batch_shape)
        dtype = kwargs.pop("input_dtype", dtype)
        for key in ("type_spec", "optional", "registered_name"):
            kwargs.pop(key, None)
        super().__init__(name=name, **kwargs)
        if sparse or ragged:
            raise ValueError(
                "Sparse and ragged inputs do not exist here.\n"
                f"Received: sparse={sparse}, ragged={ragged}"
            )
        if input_tensor is not None:
            _check_tensor(input_tensor, shape, batch_shape)
            batch_shape, dtype = tuple(input_tensor.shape), input_tensor.dtype
        elif batch_shape is None:
            batch_shape = (batch_size, *_checked(shape))
        elif shape is not None or batch_size is not None:
            raise ValueError(
                "Give `shape` (and `batch_size`) or `batch_shape`, not both.\n"
                f"Received: shape={shape}, batch_size={batch_size}, "
                f"batch_shape={batch_shape}"
            )
        self.batch_shape = _checked(batch_shape)
        self.sparse = self.ragged = False
        self.optional = optional
        self._input_dtype = standardize_dtype(dtype or self.variable_dtype)
        self.built = True
        self._make_tensor(input_tensor)

    def _make_tensor(self, tensor: Tensor | None = None) -> None:
        if tensor is None:
            tensor = placeholder(self.batch_shape, self._input_dtype, self.name)
        Node(self, (), {}, tensor).outputs.name = self.name

    def call(self) -> None:
        """Return nothing: the layer is of use through its `output`."""

    @property
    def dtype(self) -> str:
        """The data type of the input."""
        return self._input_dtype

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer."""
        return {
            "batch_shape": list(self.batch_shape),
            "dtype": self._input_dtype,
            "sparse": self.sparse,
            "name": self.name,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._make_tensor()


def _check_tensor(tensor: Any, shape: Any, batch_shape: Any) -> None:
    if not isinstance(tensor, Tensor):
        raise ValueError(
            "`input_tensor` must be a symbolic tensor.\n"
            f"Received: input_tensor={tensor!r} of type {type(tensor).__name__}"
        )
    for name, given, own in (
        ("shape", shape, tensor.shape[1:]),
        ("batch_shape", batch_shape, tensor.shape),
    ):
        if given is not None and _checked(given) != tuple(own):
            raise ValueError(
                f"`{name}` does not fit the `input_tensor`.\n"
                f"Received: {name}={given}, input_tensor={tensor!r}"
            )


def _checked(shape: Any) -> tuple[int | None, ...]:
    if shape is None:
        raise ValueError(
            "An input needs `shape` or `batch_shape`.\nReceived: shape=None"
        )
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    for size in sizes:
        if size is not None and (not hasattr(size, "__index__") or size < 0):
            raise ValueError(
                "A shape consists of whole numbers from 0 on and `None`.\n"
                f"Received: shape={shape}"
            )
    return tuple(None if size is None else int(size) for size in sizes)


def Input(
    shape: tuple | None = None,
    batch_size: int | None = None,
    dtype: str | None = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: tuple | None = None,
    name: str | None = None,
    tensor: Tensor | None = None,
    optional: bool = False,
    **kwargs: Any,
) -> Tensor:
    """Return a symbolic tensor to begin a functional model with.

    Args:
        shape: The shape without the batch axis, `None` for sizes that may differ.
        batch_size: The batch size if it is fixed.
        dtype: The data type; the default float type if `None`.
        sparse: Must be false.
        ragged: Must be false.
        batch_shape: The shape with the batch axis, instead of `shape`.
        name: The name of the input layer.
        tensor: A symbolic tensor to use instead of a new one.
        optional: Whether `None` may be passed for this input.
        **kwargs: Old spellings, such as `batch_input_shape`.

    Returns:
        A symbolic tensor.

    Raises:
        ValueError: If there is no shape, or two.

    Example:

    >>> Input((28, 28, 1)).shape
    (None, 28, 28, 1)
    """
    layer = InputLayer(
        shape=shape,
        batch_size=batch_size,
        dtype=dtype,
        sparse=sparse,
        ragged=ragged,
        batch_shape=batch_shape,
        input_tensor=tensor,
        optional=optional,
        name=name,
        **kwargs,
    )
    return layer.output
