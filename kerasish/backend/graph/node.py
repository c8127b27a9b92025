"""Nodes and tensors, and the one way to apply an op."""

from __future__ import annotations

import struct
import threading
import weakref
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from kerasish.backend.devices.base import Device, current_device
from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph.op import Op
from kerasish.backend.graph.scope import state
from kerasish.backend.graph.spec import Spec
from kerasish.backend.graph.tensor import Tensor
from kerasish.errors import DTypeError, ShapeError

_interned: dict[tuple, weakref.ref] = {}
_lock = threading.RLock()
_ONLY_INT = {int}
_counter = iter(range(1, 1 << 62))
_PLAIN = frozenset((bool, int, float, str, tuple, type(None)))
_REMEMBERED = 4096


class Node:
    """One application of an op: immutable, with one or several outputs.

    Equal pure nodes are one object. `uid` grows with creation, so that sorting by it
    is a topological order.

    Attributes:
        op: The operation.
        inputs: The input tensors.
        attrs: The attributes.
        specs: The spec of each output.
        uid: The running number.
        origin: Where it was made, such as `'layer dense_1'`.
        frozen: The attributes as `frozen_attributes` gives them, `None` where nobody
            has asked for that yet.
        values: The arrays of a node that ran while it was recorded, else `None`.
    """

    __slots__ = (
        "op",
        "inputs",
        "attrs",
        "specs",
        "uid",
        "origin",
        "frozen",
        "values",
        "__weakref__",
    )

    def __init__(
        self,
        op: Op,
        inputs: tuple[Tensor, ...],
        attrs: dict,
        specs: tuple[Spec, ...],
        values: tuple | None = None,
        origin: str | None = None,
        frozen: tuple | None = None,
    ) -> None:
        self.op = op
        self.inputs = inputs
        self.attrs = attrs
        self.specs = specs
        self.uid = next(_counter)
        self.origin = state.origin if origin is None else origin
        self.frozen = frozen
        self.values = values

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        """Fresh handles of the outputs."""
        if self.values is not None:
            return tuple(Tensor(self, i, value) for i, value in enumerate(self.values))
        if len(self.specs) == 1:
            return (Tensor(self),)
        return tuple(Tensor(self, index) for index in range(len(self.specs)))

    def __copy__(self) -> Node:
        return self

    def __deepcopy__(self, memo: dict) -> Node:
        return self

    def __reduce__(self) -> None:
        raise TypeError("Graph nodes cannot be pickled; pickle the model instead.")

    def __repr__(self) -> str:
        where = f" from {self.origin}" if self.origin else ""
        return (
            f"<Node {self.uid} {self.op.name}{where} -> {list(map(str, self.specs))}>"
        )


def _freeze(value: Any) -> Any:
    kind = type(value)
    # Of the values that compare equal, numbers alone may differ in their type.
    if kind is str or value is None:
        return value
    if kind is int or kind is bool:
        return kind, value
    if isinstance(value, float):
        return float, struct.pack("d", value)
    if kind is tuple and set(map(type, value)) == _ONLY_INT:
        return value
    if isinstance(value, (tuple, list)):
        return tuple([_freeze(item) for item in value])
    if isinstance(value, slice):
        return slice, value.start, value.stop, value.step
    if isinstance(value, (int, str, bytes)):
        return kind, value
    return kind, id(value)


def frozen_attributes(attrs: dict) -> tuple:
    """Return a hashable form of attributes that only equal ones share.

    Values without a form of their own stand for themselves, by identity.

    Example:

    >>> frozen_attributes({"axis": (0, 1)})
    (('axis', (0, 1)),)
    """
    names = sorted(attrs) if len(attrs) > 1 else attrs
    return tuple([(name, _freeze(attrs[name])) for name in names])


def _key(op: Op, inputs: tuple[Tensor, ...], frozen: tuple) -> tuple:
    places = tuple([(tensor.node.uid, tensor.index) for tensor in inputs])
    if op.commutative and len(places) == 2 and places[1] < places[0]:
        # The node keeps the order of its first use: models list their layers by it.
        places = places[::-1]
    return op.name, places, frozen


def _forget(key: tuple, reference: weakref.ref) -> None:
    """Take a node that is gone out of the table."""
    # Without the lock, as this may run whenever memory is made: should another thread
    # put an equal node here meanwhile, then that one has no more twins.
    if _interned.get(key) is reference:
        _interned.pop(key, None)


def infer(op: Op, specs: tuple[Spec, ...], attrs: dict) -> tuple[Spec, ...]:
    """Return the output specs of an op, with the origin added to errors.

    Raises:
        ShapeError: If the shapes do not fit.
        DTypeError: If the data types do not fit.
    """
    try:
        result = op.infer(*specs, **attrs)
    except (ShapeError, DTypeError) as error:
        if state.origin and not getattr(error, "located", False):
            error.args = (f"{state.origin}: {error}",)
            error.located = True
        raise
    return result if isinstance(result, tuple) else (result,)


def make_node(
    op: Op,
    inputs: tuple[Tensor, ...],
    attrs: dict,
    specs: tuple[Spec, ...] | None = None,
    origin: str | None = None,
    frozen: tuple | None = None,
) -> Node:
    """Return the node of an op on symbolic tensors, the existing one where equal.

    Args:
        op: The operation.
        inputs: Tensors that all have nodes.
        attrs: Hashable attributes.
        specs: The output specs where they are already known.
        origin: Where the node comes from; `None` for the current origin scope.
        frozen: What `frozen_attributes` gives for `attrs`, if that is known.

    Raises:
        ShapeError: If the shapes do not fit.
        DTypeError: If the data types do not fit.
    """
    inputs = tuple([tensor.bare() for tensor in inputs])
    node = key = None
    if not op.impure:
        if frozen is None:
            frozen = frozen_attributes(attrs) if attrs else ()
        key = _key(op, inputs, frozen)
        known = _interned.get(key)
        node = None if known is None else known()
    if node is None:
        if specs is None:
            given = tuple([tensor.node.specs[tensor.index] for tensor in inputs])
            specs = infer(op, given, attrs)
        node = Node(op, inputs, attrs, specs, None, origin, frozen)
        if key is not None:
            node = _only(key, node)
    if state.made is not None:
        state.made.add(node.uid)
    return node


def _only(key: tuple, node: Node) -> Node:
    """Return the node to use for a key: another one if a thread was faster."""
    reference = weakref.ref(node, partial(_forget, key))
    with _lock:
        known = _interned.setdefault(key, reference)
        if known is not reference:
            other = known()
            if other is not None:
                return other
            _interned[key] = reference
    return node


def apply(op: Op, inputs: tuple[Tensor, ...], attrs: dict) -> Any:
    """Apply an op to tensors: build a node, or run it at once on values.

    Returns:
        A tensor, or a tuple of tensors for an op with several outputs.

    Raises:
        ShapeError: If the shapes do not fit.
        DTypeError: If the data types do not fit.
    """
    outputs: Sequence[Tensor]
    arrays = [tensor.value for tensor in inputs]
    # Not `in`, which would compare the arrays.
    if state.symbolic or any([array is None for array in arrays]):
        if not all([array is None for array in arrays]):
            inputs = tuple([symbolic(tensor) for tensor in inputs])
        outputs = make_node(op, inputs, attrs).outputs
    else:
        outputs = _run(op, inputs, arrays, attrs)
    return outputs[0] if len(outputs) == 1 and not op.multiple else tuple(outputs)


Op._apply = apply


def symbolic(tensor: Tensor) -> Tensor:
    """Return a tensor for use in a graph: values become constants."""
    if tensor.value is None:
        return tensor
    from kerasish.backend.graph.leaves import constant_tensor

    return constant_tensor(tensor.value, tensor.dtype)


def _run(
    op: Op, inputs: tuple[Tensor, ...], arrays: list[Any], attrs: dict
) -> Sequence[Tensor]:
    device = current_device()
    kernel, specs, dtypes = _chosen(device, op, inputs, arrays, attrs)
    if kernel is None:
        result = op.definition(*inputs, **attrs)
        return result if isinstance(result, tuple) else (result,)
    local = [device.local(array) for array in arrays]
    with device.guard(op.pooled and not op.views):
        result = kernel(device.xp, *local, out=None, **attrs)
    results = result if isinstance(result, (tuple, list)) else (result,)
    values = [
        device.asarray(value, dtype)
        for value, dtype in zip(results, dtypes or (None,) * len(results))
    ]
    if not state.recorders:
        return [Tensor(None, i, value) for i, value in enumerate(values)]
    recorded = tuple(_recorded(tensor) for tensor in inputs)
    return Node(op, recorded, attrs, specs, tuple(values)).outputs


def _chosen(
    device: Device, op: Op, inputs: tuple[Tensor, ...], arrays: list[Any], attrs: dict
) -> tuple[Callable | None, tuple[Spec, ...], list[Any] | None]:
    """Return what runs an op, the specs of its results, and the types to keep.

    Inference and the choice of a kernel see shapes, types and attributes alone, so
    what they found is remembered where attributes are plain.
    """
    kinds = tuple(map(type, attrs.values()))
    key = None
    if _PLAIN.issuperset(kinds):
        places = [(array.shape, array.dtype) for array in arrays]
        key = (op, *places, *attrs.items(), *kinds)
        found = device.choices.get(key)
        if found is not None:
            return found
    given = tuple(tensor.spec for tensor in inputs)
    # Devices are asked about cases that fit; composites without kernels check inside.
    specs = () if hasattr(op, "definition") else infer(op, given, attrs)
    kernel = device.kernel(op, given, attrs)
    if kernel is not None:
        specs = specs or infer(op, given, attrs)
    dtypes = None if op.value_shape else [numpy_dtype(spec.dtype) for spec in specs]
    if key is not None:
        if len(device.choices) >= _REMEMBERED:
            device.choices.clear()
        device.choices[key] = kernel, specs, dtypes
    return kernel, specs, dtypes


def _recorded(tensor: Tensor) -> Tensor:
    if tensor.node is not None:
        return tensor.bare()
    from kerasish.backend.graph.leaves import CONSTANT

    node = Node(CONSTANT, (), {}, (tensor.spec,), (tensor.value,))
    # The handle keeps the node, so that a watched tensor is found again.
    tensor.node, tensor.index = node, 0
    return tensor.bare()
