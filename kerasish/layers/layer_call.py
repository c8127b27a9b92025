"""How a layer is called: conversion, build, `training`, masks, the record."""

from __future__ import annotations

import contextlib
import functools
import inspect
import threading
from collections.abc import Callable
from typing import Any

from kerasish import tree
from kerasish.backend.dtypes import is_float
from kerasish.backend.graph import (
    Tensor,
    Trace,
    Variable,
    as_tensor,
    autocast_scope,
    eager_scope,
    in_symbolic_scope,
    origin_scope,
    phase_scope,
    stop_recording,
)
from kerasish.errors import DTypeError
from kerasish.layers.call_signature import (
    CallSignature,
    call_signature,
    call_with_shapes,
    is_mask_name,
    shapes_of,
    tensor_arguments,
)
from kerasish.layers.input_spec import assert_input_compatibility
from kerasish.layers.node import Node, symbolic_tensors
from kerasish.layers.promised_shapes import promised_outputs, refined
from kerasish.naming import current_path, current_scope, name_scope


class _Calls(threading.local):
    def __init__(self) -> None:
        # One entry for each layer call that is running: (layer, training).
        self.stack: list[tuple[Any, Any]] = []


_calls = _Calls()


def inherited_training() -> Any:
    """Return the `training` of the layer call that is running, `None` outside.

    Example:

    >>> inherited_training() is None
    True
    """
    return _calls.stack[-1][1] if _calls.stack else None


def is_running() -> bool:
    """Tell whether a layer call is running in this thread.

    Example:

    >>> is_running()
    False
    """
    return bool(_calls.stack)


def wrap_build(build: Callable) -> Callable:
    """Let a `build` method mark the layer as built, and make Variables eagerly.

    Args:
        build: The method as it was written.
    """
    if getattr(build, "_is_wrapped", False):
        return build

    @functools.wraps(build)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> None:
        if "_layers" not in self.__dict__ or self.__dict__.get("_building"):
            build(self, *args, **kwargs)
            return
        object.__setattr__(self, "_building", True)
        try:
            with eager_scope(), stop_recording(), scope_of(self):
                object.__setattr__(self, "_path", current_path())
                build(self, *args, **kwargs)
        finally:
            object.__setattr__(self, "_building", False)
        self._remember_build_shapes(build, args, kwargs)
        self.built = True
        self._after_build()

    wrapped._is_wrapped = True
    return wrapped


def scope_of(layer: Any) -> contextlib.AbstractContextManager:
    """Open the name scope of a layer, unless it is the innermost one already.

    Args:
        layer: The layer.
    """
    if current_scope() == layer.name:
        return contextlib.nullcontext()
    return name_scope(layer.name)


class LayerCalling:
    """The part of a layer that is called."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = wrap_build(cls.__dict__["build"])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Apply the layer.

        Args:
            *args: Tensors or arrays, or structures of them; floats are cast to the
                layer's compute type.
            **kwargs: More arguments of `call`.

        Returns:
            Tensors: with values outside symbolic scopes, symbolic ones inside, or
            where an argument is symbolic.

        Raises:
            ShapeError: If an input does not fit the layer.
        """
        self._check_super_called()
        symbolic = symbolic_tensors((args, kwargs))
        if symbolic and not in_symbolic_scope():
            outputs = self._symbolic_call(args, kwargs)
            return self._recorded_call(args, kwargs, outputs)
        outputs = self._run_call(args, kwargs)
        if symbolic and not _calls.stack and any(t.history for t in symbolic):
            return self._recorded_call(args, kwargs, outputs)
        return outputs

    def _symbolic_call(self, args: tuple, kwargs: dict) -> Any:
        try:
            with Trace(building=True):
                return self._run_call(args, dict(kwargs))
        except TypeError:
            # A `call` that needs values can run eagerly only, but its model be built.
            if not self._promises_shape():
                raise
            return promised_outputs(self, args, kwargs)

    def _promises_shape(self) -> bool:
        """Whether the user has written what shape the outputs have."""
        from kerasish.layers.layer import Layer

        own = type(self).compute_output_shape
        return own is not Layer.compute_output_shape

    def _recorded_call(self, args: tuple, kwargs: dict, outputs: Any) -> Any:
        if _calls.stack:
            return outputs
        return Node(self, args, kwargs, outputs).outputs

    def _run_call(self, args: tuple, kwargs: dict) -> Any:
        signature = call_signature(type(self).call)
        if self._convert_input_args:
            args = tree.map_structure(self._converted_input, args)
            kwargs = {
                k: tree.map_structure(self._converted_input, v)
                for k, v in kwargs.items()
            }
        if not self._allow_non_tensor_positional_args:
            self._check_positional(args, signature)
        bound = signature.bind(args, kwargs)
        tensors = tensor_arguments(bound)
        first = bound.get(signature.first)
        if not _calls.stack:
            self._clear_losses()
        with origin_scope(f'layer "{self.name}"'), scope_of(self):
            assert_input_compatibility(self.input_spec, first, self.name)
            self._maybe_build(tensors)
            training = self._resolve_training(signature, bound, kwargs)
            previous_mask = self._fill_masks(signature, bound, tensors, kwargs)
            _calls.stack.append((self, training))
            try:
                with self._autocast_of_call(), _phase_of(training):
                    outputs = self.call(*args, **kwargs)
                if self._promises_shape():
                    outputs = refined(self, outputs, tensors)
                outputs = self._finished_outputs(outputs, first, previous_mask)
            finally:
                _calls.stack.pop()
        self.built = True
        return outputs

    def _converted_input(self, x: Any) -> Any:
        if x is None or isinstance(x, (bool, int, float, str)):
            return x
        if getattr(getattr(x, "dtype", None), "kind", "") in ("O", "S", "U"):
            raise DTypeError(
                f'layer "{self.name}": an array of numbers is expected.\n'
                f"  got: an array of shape {x.shape} and dtype {x.dtype}"
            )
        return self._dtype_policy.convert_input(x, self.autocast, self.input_dtype)

    def _check_positional(self, args: tuple, signature: CallSignature) -> None:
        for position, arg in enumerate(args):
            name = dict(enumerate(signature.positional)).get(position)
            if name == "training" or (name and is_mask_name(name)):
                continue
            for leaf in tree.flatten(arg):
                if leaf is not None and not isinstance(leaf, (Tensor, Variable)):
                    raise ValueError(
                        f'layer "{self.name}": only tensors and arrays may be passed '
                        "by position; pass other arguments by name.\n"
                        f"  got: {leaf!r} of type {type(leaf).__name__}"
                    )

    def _resolve_training(
        self, signature: CallSignature, bound: dict, kwargs: dict
    ) -> Any:
        training = bound.get("training")
        if training is None:
            training = inherited_training()
            if training is None:
                training = signature.defaults.get("training")
            passed_by_position = "training" in bound and "training" not in kwargs
            if signature.has_training and training is not None:
                if not passed_by_position:
                    kwargs["training"] = training
        if not signature.has_training and not signature.has_kwargs:
            kwargs.pop("training", None)  # It holds for the layers inside.
        return training

    def _fill_masks(
        self, signature: CallSignature, bound: dict, tensors: dict, kwargs: dict
    ) -> Any:
        if bound.get("mask") is not None:
            return bound["mask"]
        first = bound.get(signature.first)
        previous = _masks_of(first)
        by_position = "mask" in bound and "mask" not in kwargs
        wants_mask = signature.has_mask and not by_position
        if len(tensors) <= 1:
            if wants_mask and tensors:
                kwargs["mask"] = _masks_of(next(iter(tensors.values())))
            return previous
        for name, value in tensors.items():
            mask_name = f"{name}_mask"
            if mask_name in signature.names and bound.get(mask_name) is None:
                kwargs[mask_name] = _masks_of(value)
        if wants_mask:
            kwargs["mask"] = previous
        return previous

    def _autocast_of_call(self) -> contextlib.AbstractContextManager:
        compute = self.compute_dtype
        if self.autocast and is_float(compute) and compute != self.variable_dtype:
            return autocast_scope(compute)
        return autocast_scope(None)

    def _finished_outputs(self, outputs: Any, first: Any, previous_mask: Any) -> Any:
        if any(isinstance(output, Variable) for output in tree.flatten(outputs)):
            outputs = tree.map_structure(_read, outputs)
        if self.activity_regularizer is not None:
            self._regularise_activity(outputs)
        has_mask = any(mask is not None for mask in tree.flatten(previous_mask))
        if not self._computes_mask():
            if has_mask and self._warns_of_lost_mask:
                self._warn_in_call(
                    "its input has a mask, but the layer does not support masking and "
                    "drops it. Layers after it will not see the mask."
                )
            return outputs
        flat = tree.flatten(outputs)
        if all(getattr(out, "mask", None) is not None for out in flat):
            return outputs
        masks = self.compute_mask(first, previous_mask)
        if masks is None:
            return outputs
        # A container of the caller's own, such as a TrackedList, must not be changed.
        pairs = zip(flat, tree.flatten(masks), strict=False)
        merged = [_with_mask(output, mask) for output, mask in pairs]
        merged += flat[len(merged) :]
        return tree.pack_sequence_as(outputs, merged)

    def _computes_mask(self) -> bool:
        from kerasish.layers.layer import Layer

        return (
            self.supports_masking or type(self).compute_mask is not Layer.compute_mask
        )

    def _regularise_activity(self, outputs: Any) -> None:
        from kerasish.backend import ops

        for output in tree.flatten(outputs):
            if isinstance(output, Tensor):
                loss = as_tensor(self.activity_regularizer(output))
                if output.ndim:
                    size = ops.cast(ops.shape(output)[0], loss.dtype)
                    loss = loss / size
                self.add_loss(loss)

    def _maybe_build(self, tensors: dict[str, Any]) -> None:
        if self.built:
            return
        shapes = {f"{name}_shape": shapes_of(value) for name, value in tensors.items()}
        self._build_with(shapes)
        self.built = True

    def _build_with(self, shapes: dict[str, Any]) -> None:
        call_with_shapes(self.build, shapes)

    def _after_build(self) -> None:
        initial = self.__dict__.get("_initial_weights")
        if initial is not None:
            object.__setattr__(self, "_initial_weights", None)
            self.set_weights(initial)

    def _remember_build_shapes(
        self, build: Callable, args: tuple, kwargs: dict
    ) -> None:
        names = list(inspect.signature(build).parameters)[1:]
        shapes = {**dict(zip(names, args)), **kwargs}
        object.__setattr__(self, "_build_shapes", shapes)


def _phase_of(training: Any) -> contextlib.AbstractContextManager:
    """Let what the layer is made of see whether it trains, where that is known."""
    if training is None or isinstance(training, Tensor):
        return contextlib.nullcontext()
    return phase_scope(bool(training))


def _read(output: Any) -> Any:
    """A layer may return a Variable of its own, such as a shared embedding."""
    return as_tensor(output) if isinstance(output, Variable) else output


def _masks_of(value: Any) -> Any:
    """Return the structure of the masks, `None` if there is not one."""
    masks = tree.map_structure(lambda leaf: getattr(leaf, "mask", None), value)
    return masks if any(m is not None for m in tree.flatten(masks)) else None


def _with_mask(output: Any, mask: Any) -> Any:
    if mask is None or not isinstance(output, Tensor) or output.mask is not None:
        return output
    # The tensor may be one that the caller holds, so that its handle is left alone.
    handle = output.fresh()
    handle.history = output.history
    handle.name = output.name
    handle.mask = mask
    return handle
