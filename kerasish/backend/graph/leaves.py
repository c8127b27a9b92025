"""Nodes without inputs: placeholders, constants, Variables."""

from __future__ import annotations

import importlib
import threading
from collections import OrderedDict
from typing import Any

import numpy as np

from kerasish.backend.devices.base import current_device
from kerasish.backend.dtypes import standardize_dtype
from kerasish.backend.graph.node import Node
from kerasish.backend.graph.op import Op, register
from kerasish.backend.graph.spec import Spec
from kerasish.backend.graph.tensor import Tensor

_SMALL = 4096
_KNOWN_ELEMENTS = 64
_CACHED_CONSTANTS = 4096
_small_constants: OrderedDict[tuple, Node] = OrderedDict()
_lock = threading.Lock()


class _Leaf(Op):
    """An op whose nodes carry their result; they are never merged."""

    impure = True

    def infer(self, *specs: Spec, spec: Spec, **attrs: Any) -> Spec:
        """Return the spec that the leaf was made with."""
        return spec


class _Placeholder(_Leaf):
    name = "placeholder"


class _Constant(_Leaf):
    name = "constant"


class _VariableLeaf(_Leaf):
    name = "variable"


PLACEHOLDER = register(_Placeholder())
CONSTANT = register(_Constant())
VARIABLE = register(_VariableLeaf())


def placeholder(
    shape: tuple[int | None, ...],
    dtype: str = "float32",
    name: str | None = None,
    static: bool = False,
    default: Any = None,
) -> Tensor:
    """Return a symbolic tensor that a function is fed with.

    Args:
        shape: The shape, `None` for sizes that may differ between calls.
        dtype: The data type.
        name: An optional name.
        static: Whether each value of it selects a plan of its own.
        default: The value of a static placeholder that is not fed.

    Example:

    >>> placeholder((None, 3))
    <Tensor shape=(None, 3), dtype=float32, symbolic>
    """
    spec = Spec(tuple(shape), standardize_dtype(dtype))
    attrs = {"name": name, "static": static, "default": default}
    tensor = Tensor(Node(PLACEHOLDER, (), attrs, (spec,)))
    tensor.name = name
    return tensor


def is_static(tensor: Tensor) -> bool:
    """Tell whether a tensor is a static placeholder."""
    return tensor.node.op is PLACEHOLDER and tensor.node.attrs["static"]


def _known(array: np.ndarray) -> tuple | None:
    if array.dtype.kind not in "iu" or array.ndim > 1 or array.size > _KNOWN_ELEMENTS:
        return None
    return tuple(int(element) for element in array.reshape(-1))


def constant_tensor(value: Any, dtype: str) -> Tensor:
    """Return a symbolic tensor with a fixed value (copied).

    Equal small constants share one node; large ones are never compared.

    Args:
        value: An array on the host or on a device.
        dtype: Its data type.
    """
    device = current_device()
    on_host = not device.owns(value) or isinstance(value, np.ndarray)
    if value.nbytes > _SMALL or not on_host:
        host = None
        array = device.copy(value) if not on_host else np.array(value)
        if on_host:
            array.flags.writeable = False
        spec = Spec(array.shape, dtype)
        if not on_host and array.nbytes <= _SMALL:
            host = device.to_numpy(array)
            spec = Spec(array.shape, dtype, _known(host))
        return Tensor(Node(CONSTANT, (), {"array": array}, (spec,)))
    array = np.array(value)
    array.flags.writeable = False
    key = (array.dtype.str, array.shape, array.tobytes())
    with _lock:
        node = _small_constants.get(key)
        if node is None:
            spec = Spec(array.shape, dtype, _known(array))
            node = Node(CONSTANT, (), {"array": array}, (spec,))
            _small_constants[key] = node
            if len(_small_constants) > _CACHED_CONSTANTS:
                _small_constants.popitem(last=False)
        else:
            _small_constants.move_to_end(key)
    return Tensor(node)


_phase: list[Tensor] = []


def learning_phase() -> Tensor:
    """Return the static placeholder that is 1 while training and 0 otherwise.

    Where it is not fed it is 0. Each of its values selects a plan of its own.

    Example:

    >>> learning_phase().shape
    ()
    """
    if not _phase:
        _phase.append(placeholder((), "int32", "learning_phase", True, default=0))
    return _phase[0]


# Whoever has tensors has Variables too, and with them the operators of both.
importlib.import_module("kerasish.backend.graph.variable")
