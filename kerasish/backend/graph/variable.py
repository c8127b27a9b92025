"""Variables: named state on a device."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from kerasish.backend import config
from kerasish.backend.devices.base import Device, current_device, get_device
from kerasish.backend.dtypes import dtype_name, is_float, numpy_dtype, standardize_dtype
from kerasish.backend.graph.leaves import VARIABLE
from kerasish.backend.graph.node import Node, symbolic
from kerasish.backend.graph.op import get_op
from kerasish.backend.graph.scope import (
    autocast_scope,
    eager_scope,
    state,
    stop_recording,
)
from kerasish.backend.graph.spec import Spec
from kerasish.backend.graph.tensor import Tensor
from kerasish.errors import ShapeError
from kerasish.naming import current_path


class Variable:
    """Named state: a leaf of graphs, with storage that never moves.

    In a symbolic scope, reading and assigning go to the trace's state environment; in
    the open they read (a copy) and write the storage at once.

    Args:
        initializer: A value, or a callable `initializer(shape, dtype)`.
        shape: The shape; needed with a callable only.
        dtype: The data type; the default float type for `None` and a callable.
        trainable: Whether training changes it.
        autocast: Whether mixed precision may read it in a lower float type.
        aggregation: Kept for the configuration of distributed training.
        synchronization: Kept likewise.
        name: The name.

    Raises:
        ValueError: If a callable comes without a shape.
        ShapeError: If the initial value does not have the shape asked for.

    Example:

    >>> v = Variable([1.0, 2.0], name="v")
    >>> v.assign_add([1.0, 1.0]).numpy()
    array([2., 3.], dtype=float32)
    """

    __array_priority__ = 1000

    def __init__(
        self,
        initializer: Any,
        shape: tuple[int, ...] | None = None,
        dtype: str | None = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str = "none",
        synchronization: str = "auto",
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.name = name or "variable"
        scope = current_path()
        self.path = f"{scope}/{self.name}" if scope else self.name
        self.trainable = trainable
        self.autocast = autocast
        self.aggregation = aggregation
        self.synchronization = synchronization
        self.regularizer: Any = None
        self.constraint: Any = None
        self.overwrite_with_gradient = False
        for key, value in kwargs.items():
            setattr(self, key, value)
        array = self._initial(initializer, shape, dtype)
        self._home = current_device().name
        self.storage: dict[str, Any] = {self._home: array}
        self.spec = Spec(tuple(array.shape), dtype_name(array.dtype))
        node = Node(VARIABLE, (), {"variable": self}, (self.spec,))
        self.leaf = Tensor(node)

    def _initial(self, initializer: Any, shape: Any, dtype: str | None) -> Any:
        from kerasish.backend.graph.conversion import as_tensor

        is_new = False
        with eager_scope(), stop_recording():
            if callable(initializer) and not isinstance(
                initializer, (Tensor, Variable)
            ):
                if shape is None:
                    raise ValueError(
                        f"Variable {self.name!r}: an initializer that is a function "
                        f"needs a shape.\nReceived: initializer={initializer}"
                    )
                dtype = standardize_dtype(dtype or config.floatx())
                is_new = getattr(initializer.__call__, "new_array", False)
                initializer = initializer(tuple(shape), dtype=dtype)
            tensor = as_tensor(initializer, dtype)
        if shape is not None and tuple(tensor.shape) != tuple(shape):
            raise ShapeError(
                f"Variable {self.name!r}: the initial value does not fit.\n"
                f"  got: shape {tensor.shape}, expected: {tuple(shape)}"
            )
        device = current_device()
        if is_new and device.owns(tensor.value):
            with device.guard():
                return device.xp.asarray(tensor.value, order="C")
        return device.copy(tensor.value)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape."""
        return self.spec.shape

    @property
    def dtype(self) -> str:
        """The data type; the autocast one inside an autocast scope."""
        if state.autocast and self.autocast and is_float(self.spec.dtype):
            return state.autocast
        return self.spec.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.spec.rank

    @property
    def size(self) -> int:
        """The number of elements."""
        return self.spec.size

    @property
    def value(self) -> Tensor:
        """The current value as a tensor, symbolic inside a symbolic scope."""
        if state.trace is not None:
            tensor = state.trace.read(self)
        elif state.symbolic:
            tensor = self.leaf
        else:
            device = current_device()
            tensor = Tensor(None, 0, device.copy(self.on(device)))
            if state.recorders:
                tensor.node = self.leaf.node
        dtype = self.dtype
        return tensor if tensor.dtype == dtype else get_op("cast")(tensor, dtype=dtype)

    def on(self, device: Device) -> Any:
        """Return the storage on a device, made the current one."""
        if self._home != device.name:
            current = self.storage[self._home]
            if device.name in self.storage:
                device.write(self.storage[device.name], device.local(current))
            else:
                self.storage[device.name] = device.copy(current)
            self._home = device.name
        return self.storage[self._home]

    def numpy(self) -> np.ndarray:
        """Return a copy of the stored value as a NumPy array."""
        device = get_device(self._home)
        return device.to_numpy(self.storage[self._home])

    def assign(self, value: Any) -> Any:
        """Replace the value.

        Args:
            value: Anything of the same shape; it is cast to the Variable's type.

        Returns:
            The Variable; inside a symbolic scope the tensor assigned.

        Raises:
            ShapeError: If the shape differs.
        """
        from kerasish.backend.graph.conversion import as_tensor

        with autocast_scope(None):
            tensor = as_tensor(value)
            if tensor.dtype != self.spec.dtype:
                tensor = get_op("cast")(tensor, dtype=self.spec.dtype)
        if not self.spec.shape == tensor.shape and not _fits(self.shape, tensor.shape):
            raise ShapeError(
                f"Variable {self.path!r}: the value assigned does not fit.\n"
                f"  got: shape {tensor.shape}, expected: {self.shape}"
            )
        if state.trace is not None:
            tensor = symbolic(tensor) if state.symbolic else tensor
            state.trace.assign(self, tensor)
            return tensor
        array = tensor.computed()
        if array is None:
            raise TypeError(
                f"Variable {self.path!r}: a symbolic tensor cannot be assigned outside "
                "a traced function. Use `updates` of a function instead."
            )
        device = current_device()
        device.write(self.on(device), array)
        return self

    def assign_add(self, value: Any) -> Any:
        """Add to the value; see `assign`."""
        with autocast_scope(None):
            return self.assign(self.value + value)

    def assign_sub(self, value: Any) -> Any:
        """Subtract from the value; see `assign`."""
        with autocast_scope(None):
            return self.assign(self.value - value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.numpy()
        return array if dtype is None else array.astype(dtype)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __len__(self) -> int:
        return len(self.leaf)

    def __hash__(self) -> int:
        return id(self)

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self.value.__dlpack__(**kwargs)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.value.__dlpack_device__()

    def __getstate__(self) -> dict:
        kept = dict(self.__dict__)
        del kept["leaf"], kept["storage"], kept["_home"]
        kept["array"] = self.numpy()
        return kept

    def __setstate__(self, kept: dict) -> None:
        array = kept.pop("array")
        self.__dict__.update(kept)
        device = current_device()
        self._home = device.name
        self.storage = {
            device.name: device.asarray(array, numpy_dtype(self.spec.dtype))
        }
        self.leaf = Tensor(Node(VARIABLE, (), {"variable": self}, (self.spec,)))

    def __repr__(self) -> str:
        return (
            f"<Variable path={self.path}, shape={self.shape}, dtype={self.spec.dtype}>"
        )


def _fits(expected: tuple, got: tuple) -> bool:
    return len(expected) == len(got) and all(
        size is None or size == wanted for wanted, size in zip(expected, got)
    )


# Operators come from the ops, which lie above: by name, once both classes exist.
importlib.import_module("kerasish.backend.ops.operators")
