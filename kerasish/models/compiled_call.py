"""Calling a model on arrays through compiled functions."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np

from kerasish import tree
from kerasish.backend.graph import (
    Tensor,
    Trace,
    Variable,
    as_tensor,
    placeholder,
)
from kerasish.backend.plan import Function

_LIMIT = 16
_EAGER = object()


def is_one_array(args: tuple, kwargs: dict) -> bool:
    """Tell whether a call is that of one array, in a known phase or none."""
    if len(args) != 1 or type(args[0]) is not np.ndarray:
        return False
    return not kwargs or (len(kwargs) == 1 and type(kwargs.get("training")) is bool)


def _signature(leaf: Any) -> Any:
    if isinstance(leaf, (np.ndarray, Tensor, Variable)) or hasattr(leaf, "__array__"):
        return (tuple(leaf.shape[1:]), str(leaf.dtype), bool(len(leaf.shape)))
    return (type(leaf), leaf)


class _Compiled:
    """One traced call: the function, and where its outputs go."""

    def __init__(
        self, model: Any, args: tuple, kwargs: dict, shapes: list[tuple | None]
    ):
        leaves = tree.flatten((args, kwargs))
        self.positions = [i for i, x in enumerate(leaves) if _is_array(x)]
        symbols = list(leaves)
        for position in self.positions:
            symbols[position] = _symbol(leaves[position], shapes[position])
        args, kwargs = tree.pack_sequence_as((args, kwargs), symbols)
        with Trace() as trace:
            outputs = model._call_layerwise(*args, **kwargs)
            losses = model._collected_losses()
            flat = tree.flatten(outputs)
            self.tensors = [i for i, x in enumerate(flat) if isinstance(x, Tensor)]
            masks = {i: flat[i].mask for i in self.tensors if flat[i].mask is not None}
        self.outputs = tree.map_structure(
            lambda leaf: None if isinstance(leaf, Tensor) else leaf, outputs
        )
        self.masks = list(masks)
        self.owners = [layer for layer, _ in losses]
        for layer in self.owners:
            layer._losses.clear()
        wanted = [flat[i] for i in self.tensors]
        wanted += [*masks.values(), *(loss for _, loss in losses)]
        fed = [symbols[position] for position in self.positions]
        self.function = Function(fed, wanted, trace.updates, name=model.name)
        alone = self.positions == [0] and bool(args) and not tree.is_nested(args[0])
        self.one_array = alone and not tree.is_nested(outputs)
        self.one_array = self.one_array and len(wanted) == 1

    def run(self, args: tuple, kwargs: dict) -> Any:
        """Run on arrays like those that it was traced for."""
        if self.one_array:
            return Tensor(None, 0, self.function.on_device(args[0])[0])
        leaves = tree.flatten((args, kwargs))
        arrays = self.function.on_device(*[leaves[i] for i in self.positions])
        values = [Tensor(None, 0, array) for array in arrays]
        flat = tree.flatten(self.outputs)
        for position, value in zip(self.tensors, values):
            flat[position] = value
        rest = values[len(self.tensors) :]
        for position, mask in zip(self.masks, rest):
            flat[position].mask = mask
        for layer in self.owners:
            layer._losses.clear()
        for layer, loss in zip(self.owners, rest[len(self.masks) :]):
            layer._losses.append(loss)
        return tree.pack_sequence_as(self.outputs, flat)


def _symbol(value: Any, shape: tuple) -> Tensor:
    dtype = value.dtype if isinstance(value, Tensor) else as_tensor(value).dtype
    return placeholder(shape, str(dtype))


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, (Tensor, Variable)) or hasattr(leaf, "__array__")


class CompiledCalls:
    """The compiled calls of one model, by the signature of the arguments.

    They are dropped when an attribute of one of its layers changes.

    Args:
        model: The model.
    """

    def __init__(self, model: Any):
        self._model = model
        # By the shapes of arrays, and by the shapes that a function was traced with.
        self._by_key: OrderedDict[Any, Any] = OrderedDict()
        self._by_shapes: OrderedDict[Any, Any] = OrderedDict()
        self._layers: list = []
        self._versions = -1

    def call(self, args: tuple, kwargs: dict) -> Any:
        """Call the model on arrays.

        Args:
            args: The positional arguments of the call.
            kwargs: The keyword arguments.

        Returns:
            The outputs as tensors with values.
        """
        self._drop_if_changed()
        key: Any
        if is_one_array(args, kwargs):
            array = args[0]
            training = kwargs.get("training")
            key = (array.shape[1:], array.dtype.char, array.ndim, training)
        else:
            key = self._key(args, kwargs)
        compiled = self._by_key.get(key)
        if compiled is None:
            compiled = self._by_key[key] = self._compiled(args, kwargs)
            if len(self._by_key) > 4 * _LIMIT:
                self._by_key.popitem(last=False)
            self._remember_versions()
        if compiled is _EAGER:
            return self._model._call_layerwise(*args, **kwargs)
        return compiled.run(args, kwargs)

    def _key(self, args: tuple, kwargs: dict, shapes: Any = None) -> Any:
        leaves = tree.flatten((args, kwargs))
        signature = tuple(_signature(leaf) for leaf in leaves)
        if shapes is not None:
            dtypes = (s[1] if _is_array(x) else s for s, x in zip(signature, leaves))
            signature = (*shapes, *dtypes)
        key = (_structure((args, kwargs)), signature)
        try:
            hash(key)
        except TypeError:
            return ("unhashable", id(self))
        return key

    def _compiled(self, args: tuple, kwargs: dict) -> Any:
        leaves = tree.flatten((args, kwargs))
        exact = [tuple(leaf.shape) if _is_array(leaf) else None for leaf in leaves]
        for shapes in (self._free_shapes(leaves), exact):
            key = self._key(args, kwargs, shapes)
            found = self._by_shapes.get(key)
            if found is not None:
                return found
            try:
                found = _Compiled(self._model, args, kwargs, shapes)
            except Exception:
                # What cannot be traced, also for its own errors, runs layer by layer.
                continue
            self._by_shapes[key] = found
            if len(self._by_shapes) > _LIMIT:
                self._by_shapes.popitem(last=False)
            return found
        return _EAGER

    def _free_shapes(self, leaves: list) -> list[tuple | None]:
        """The shapes to trace with: as the model declares them, else any batch."""
        arrays = [leaf for leaf in leaves if _is_array(leaf)]
        declared = [tensor.spec for tensor in getattr(self._model, "inputs", ()) or ()]
        if len(declared) == len(arrays) and all(
            spec.matches(tuple(array.shape)) for spec, array in zip(declared, arrays)
        ):
            found = iter(spec.shape for spec in declared)
        else:
            found = iter((None, *x.shape[1:]) if x.shape else () for x in arrays)
        return [next(found) if _is_array(leaf) else None for leaf in leaves]

    def _drop_if_changed(self) -> None:
        versions = 0
        for layer in self._layers:
            versions += layer._structure_version
        if versions != self._versions:
            self._by_key.clear()
            self._by_shapes.clear()
            self._remember_versions()

    def _remember_versions(self) -> None:
        self._layers = self._model._flatten_layers()
        self._versions = sum(layer._structure_version for layer in self._layers)


def _structure(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((key, _structure(value[key])) for key in sorted(value, key=str))
    if isinstance(value, (list, tuple)):
        return (type(value).__name__, *(_structure(item) for item in value))
    return None
