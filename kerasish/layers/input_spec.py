"""What a layer demands of its inputs, and the check of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasish import tree
from kerasish.errors import DTypeError, ShapeError


class InputSpec:
    """The rank, shape and dtype that one input of a layer must have.

    Args:
        dtype: The data type, `None` for any.
        shape: The shape with `None` for free sizes; fixes the rank as well.
        ndim: The rank.
        max_ndim: The highest rank.
        min_ndim: The lowest rank.
        axes: Maps an axis to the size it must have.
        allow_last_axis_squeeze: Whether a last axis of size 1 may be missing or
            surplus.
        name: The key of the input if inputs come as a dictionary.
        optional: Whether `None` may be passed.

    Raises:
        ValueError: If an axis in `axes` is beyond the rank.

    Example:

    >>> InputSpec(ndim=2, axes={-1: 3})
    InputSpec(ndim=2, axes={-1: 3})
    """

    def __init__(
        self,
        dtype: str | None = None,
        shape: tuple[int | None, ...] | None = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Mapping[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ):
        self.dtype = dtype
        self.shape = None if shape is None else tuple(shape)
        self.ndim = ndim if self.shape is None else len(self.shape)
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name = name
        self.optional = optional
        highest = self.ndim if self.ndim is not None else max_ndim
        if self.axes and highest is not None and max(self.axes) >= highest:
            raise ValueError(
                f"`axes` names an axis beyond the rank {highest}.\n"
                f"Received: axes={self.axes}"
            )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(self.__dict__)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> InputSpec:
        """Make a specification from `get_config()`."""
        return cls(**config)

    def __repr__(self) -> str:
        parts = [
            f"{key}={value!r}"
            for key, value in self.__dict__.items()
            if value not in (None, False, {})
        ]
        return f"InputSpec({', '.join(parts)})"


def _describe(x: Any) -> str:
    return f"input {tuple(x.shape)} {getattr(x, 'dtype', '')}".rstrip()


def _fail(layer_name: str, message: str, x: Any) -> None:
    raise ShapeError(f'layer "{layer_name}": {message}\n  got: {_describe(x)}')


def _pairs(specs: Any, inputs: Any, layer_name: str) -> list[tuple[InputSpec, Any]]:
    flat_specs = tree.flatten(specs)
    if isinstance(inputs, Mapping) and all(spec.name for spec in flat_specs):
        missing = [spec.name for spec in flat_specs if spec.name not in inputs]
        if missing:
            raise ValueError(
                f'layer "{layer_name}": the inputs lack the keys {missing}.\n'
                f"  got: keys {list(inputs)}"
            )
        return [(spec, inputs[spec.name]) for spec in flat_specs]
    flat = tree.flatten(inputs)
    if len(flat) != len(flat_specs):
        raise ValueError(
            f'layer "{layer_name}": it expects {len(flat_specs)} input(s), but '
            f"{len(flat)} came.\n  got: {inputs!r}"
        )
    return list(zip(flat_specs, flat))


def _check_rank(spec: InputSpec, x: Any, shape: tuple, layer_name: str) -> None:
    rank = len(shape)
    if spec.ndim is not None and not spec.allow_last_axis_squeeze and rank != spec.ndim:
        what = f"of shape {spec.shape}" if spec.shape else f"of rank {spec.ndim}"
        _fail(layer_name, f"the input has rank {rank}, but one {what} is expected.", x)
    if spec.max_ndim is not None and rank > spec.max_ndim:
        _fail(layer_name, f"the input may have rank {spec.max_ndim} at most.", x)
    if spec.min_ndim is not None and rank < spec.min_ndim:
        _fail(layer_name, f"the input must have rank {spec.min_ndim} at least.", x)


def _squeezed(shape: tuple, rank: int) -> tuple:
    if len(shape) == rank + 1 and shape[-1] in (1, None):
        return shape[:-1]
    if len(shape) == rank - 1:
        return (*shape, 1)
    return shape


def _check_sizes(spec: InputSpec, x: Any, shape: tuple, layer_name: str) -> None:
    for axis, size in spec.axes.items():
        if size is None or not -len(shape) <= axis < len(shape):
            continue
        if shape[axis] not in (size, None):
            _fail(
                layer_name,
                f"the input has size {shape[axis]} on axis {axis}, but size {size} "
                "is expected.",
                x,
            )
    if spec.shape is None:
        return
    if spec.allow_last_axis_squeeze:
        shape = _squeezed(shape, len(spec.shape))
    sizes = zip(spec.shape, shape)
    if len(shape) != len(spec.shape) or any(
        want is not None and have is not None and want != have for want, have in sizes
    ):
        _fail(layer_name, f"an input of shape {spec.shape} is expected.", x)


def assert_input_compatibility(input_spec: Any, inputs: Any, layer_name: str) -> None:
    """Check the inputs of a layer against what it demands.

    Args:
        input_spec: An `InputSpec`, a structure of them, or `None`.
        inputs: A tensor or a structure of tensors.
        layer_name: The name for messages.

    Raises:
        ShapeError: If a rank or size does not fit.
        DTypeError: If a data type does not fit.
        ValueError: If there are too many or too few inputs.

    Example:

    >>> import numpy
    >>> assert_input_compatibility(InputSpec(ndim=2), numpy.ones((2, 3)), "dense")
    """
    if not input_spec:
        return
    for spec, x in _pairs(input_spec, inputs, layer_name):
        if spec is None or (x is None and spec.optional):
            continue
        if not hasattr(x, "shape"):
            raise ValueError(
                f'layer "{layer_name}": a tensor is expected as input.\n'
                f"  got: {x!r} of type {type(x).__name__}"
            )
        shape = tuple(x.shape)
        _check_rank(spec, x, shape, layer_name)
        if spec.dtype is not None and x.dtype != spec.dtype:
            raise DTypeError(
                f'layer "{layer_name}": an input of dtype {spec.dtype} is expected.\n'
                f"  got: {_describe(x)}"
            )
        _check_sizes(spec, x, shape, layer_name)
