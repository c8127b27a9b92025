"""What a layer owns: Variables, inner layers, metrics, losses."""

from __future__ import annotations

import functools
import math
import operator
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from kerasish import tree
from kerasish.backend.graph import (
    Tensor,
    Variable,
    as_numpy,
    as_tensor,
    current_phase,
    eager_scope,
    in_symbolic_scope,
    stop_recording,
)
from kerasish.errors import ShapeError
from kerasish.layers import tracking
from kerasish.layers.deferred_values import deferral
from kerasish.naming import current_path

_OWN = (
    "_layers",
    "_trainable_variables",
    "_non_trainable_variables",
    "_metrics",
    "_seed_generators",
    "_losses",
    "_loss_functions",
    "_inbound_nodes",
    "_outbound_nodes",
)


def _is_layer(value: Any) -> bool:
    return isinstance(value, LayerState)


def _is_metric(value: Any) -> bool:
    return all(hasattr(value, n) for n in ("update_state", "result", "reset_state"))


def _is_seed_generator(value: Any) -> bool:
    return isinstance(getattr(value, "state", None), Variable) and hasattr(
        value, "next"
    )


def _unique(values: Iterable[Any]) -> list:
    return list({id(value): value for value in values}.values())


def _without(values: list, unwanted: Any) -> None:
    values[:] = [value for value in values if value is not unwanted]


def _keras2_order(method: Callable) -> Callable:
    order = ("name", "shape", "dtype", "initializer", "regularizer", "trainable")
    order += ("constraint",)

    @functools.wraps(method)
    def add_weight(self: Any, *args: Any, **kwargs: Any) -> Variable:
        if args and isinstance(args[0], str):
            kwargs.update(zip(order, args))
            args = ()
        return method(self, *args, **kwargs)

    return add_weight


def _own_list(name: str) -> property:
    """The layer's own list under its name in Keras 2, where layers change it."""

    def replace(self: Any, values: Iterable[Variable]) -> None:
        getattr(self, name)[:] = values

    return property(operator.attrgetter(name), replace)


class LayerState:
    """The part of a layer that owns things.

    Attributes set on the layer are looked through: Variables, layers, metrics and seed
    generators become the layer's, also inside lists, dictionaries, tuples and sets.
    """

    # How often an attribute has changed; compiled calls compare it.
    _structure_version = 0
    _unversioned: frozenset[str] = frozenset(("built",))

    _trainable_weights = _own_list("_trainable_variables")
    _non_trainable_weights = _own_list("_non_trainable_variables")

    def _initialise_state(self, trainable: bool) -> None:
        for name in _OWN:
            object.__setattr__(self, name, [])
        self._trainable = bool(trainable)
        self._metric_by_name: dict[str, Any] = {}
        for name in self.__dict__.pop("_early_names", ()):
            if name in self.__dict__:  # A property keeps its value elsewhere.
                setattr(self, name, self.__dict__[name])

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _OWN or isinstance(value, (bool, int, float, str)) or value is None:
            new = value
        elif "_layers" not in self.__dict__:
            # Before `super().__init__()`, which looks through it.
            self.__dict__.setdefault("_early_names", []).append(name)
            new = value
        else:
            new = self._track_value(value)
        old = self.__dict__.get(name)
        super().__setattr__(name, new)
        if old is new or name in _OWN:
            return
        if name not in self._unversioned:
            self._note_change()
        if old is not None:
            self._untrack(old)

    def _note_change(self) -> None:
        """Note that an attribute has changed, so that compiled calls are stale."""
        object.__setattr__(self, "_structure_version", self._structure_version + 1)

    def __delattr__(self, name: str) -> None:
        old = self.__dict__.get(name)
        super().__delattr__(name)
        if old is not None:
            self._untrack(old)

    def _track_value(self, value: Any) -> Any:
        """Make a value's Variables and layers this layer's; return what to keep."""
        target = self._home_of(value)
        if target is None:
            return tracking.wrap(value, self)
        if not any(value is known for known in target):
            target.append(value)
            self._note_change()
        return value

    def _home_of(self, value: Any) -> list | None:
        if isinstance(value, Variable):
            if any(value is known for known in self._non_trainable_variables):
                return self._non_trainable_variables
            if any(value is known for known in self._trainable_variables):
                return self._trainable_variables
            if value.trainable:
                return self._trainable_variables
            return self._non_trainable_variables
        if _is_layer(value):
            return self._layers
        if isinstance(value, (Tensor, np.ndarray, type)) or callable(
            getattr(value, "__array__", None)
        ):
            return None
        if _is_metric(value):
            return self._metrics
        return self._seed_generators if _is_seed_generator(value) else None

    def _untrack(self, value: Any) -> None:
        """Give up a value that no attribute holds any more."""
        if isinstance(value, (list, tuple, dict, set)):
            for item in value.values() if isinstance(value, dict) else value:
                self._untrack(item)
            return
        target = self._home_of(value)
        if not target or not any(value is known for known in target):
            return
        if not self._still_holds(value):
            _without(target, value)

    def _still_holds(self, value: Any) -> bool:
        for name, held in self.__dict__.items():
            if name in _OWN:
                continue
            items = held if isinstance(held, set) else tree.flatten(held)
            if any(item is value for item in items):
                return True
        return False

    @_keras2_order
    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: str | None = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ) -> Variable:
        """Make a Variable of this layer.

        The argument order of Keras 2, `add_weight(name, shape, ...)`, works as well.

        Args:
            shape: The shape; a scalar if `None`.
            initializer: What makes the first value; Glorot uniform for floats and
                zeros for other types if `None`.
            dtype: The data type; the layer's variable type if `None`.
            trainable: Whether training changes it.
            autocast: Whether mixed precision may read it in a lower float type.
            regularizer: Adds a term for it to the losses.
            constraint: Is applied to it after each training step.
            aggregation: Kept for distributed training.
            overwrite_with_gradient: Whether its gradient is its next value.
            name: Its name.
            **kwargs: Attributes of no meaning here, as other versions have them.

        Returns:
            The Variable.

        Raises:
            ValueError: If a size in `shape` is unknown.

        Example:

        >>> from kerasish.layers import Layer
        >>> Layer().add_weight(shape=(2, 3), initializer="zeros").shape
        (2, 3)
        """
        self._check_super_called()
        shape = _checked_shape(shape, name, self.name)
        dtype = str(dtype) if isinstance(dtype, str) else (dtype or self.variable_dtype)
        initializer = _initializer(initializer, dtype)
        path = current_path() or self.name
        deferred, first = deferral(), initializer
        if deferred is not None:
            first = deferred.stand_in(name, shape, dtype)
        with eager_scope(), stop_recording():
            variable = Variable(
                first,
                shape=shape,
                dtype=dtype,
                trainable=trainable,
                autocast=autocast,
                aggregation=aggregation,
                name=name or "variable",
            )
        variable.path = f"{path}/{variable.name}"
        variable.regularizer = _from_namespace("regularizers", regularizer)
        variable.constraint = _from_namespace("constraints", constraint)
        variable.overwrite_with_gradient = overwrite_with_gradient
        if deferred is not None:
            deferred.note(variable, initializer, shape, dtype)
        self._track_value(variable)
        if not self._trainable:
            variable.trainable = False
        return variable

    def add_variable(self, *args: Any, **kwargs: Any) -> Variable:
        """Make a Variable; the old name of `add_weight`."""
        return self.add_weight(*args, **kwargs)

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights; setting it reaches inner layers."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        value = bool(value)
        self._trainable = value
        for variable in self._trainable_variables:
            variable.trainable = value
        for layer in self._layers:
            layer.trainable = value

    @property
    def variables(self) -> list[Variable]:
        """All Variables: weights and the states of seed generators."""
        own = [*self._trainable_variables, *self._non_trainable_variables]
        own += [generator.state for generator in self._seed_generators]
        return _unique([*own, *(v for layer in self._layers for v in layer.variables)])

    @property
    def trainable_variables(self) -> list[Variable]:
        """The Variables that training changes."""
        return [v for v in self.variables if v.trainable] if self.trainable else []

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The Variables that training does not change."""
        kept = self.variables
        return [v for v in kept if not v.trainable] if self.trainable else kept

    @property
    def weights(self) -> list[Variable]:
        """The Variables without the states of seed generators, layer by layer."""
        own = [*self._trainable_variables, *self._non_trainable_variables]
        return _unique([*own, *(w for layer in self._layers for w in layer.weights)])

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes."""
        return [w for w in self.weights if w.trainable] if self.trainable else []

    @trainable_weights.setter
    def trainable_weights(self, weights: Iterable[Variable]) -> None:
        self._trainable_weights = weights

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training does not change."""
        kept = self.weights
        return [w for w in kept if not w.trainable] if self.trainable else kept

    @non_trainable_weights.setter
    def non_trainable_weights(self, weights: Iterable[Variable]) -> None:
        self._non_trainable_weights = weights

    @property
    def metrics(self) -> list:
        """The metrics of this layer and of all inner layers."""
        inner = (m for layer in self._layers for m in layer.metrics)
        return _unique([*self._metrics, *inner])

    @property
    def metrics_variables(self) -> list[Variable]:
        """The state of all metrics."""
        return [v for metric in self.metrics for v in metric.variables]

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of the weights as NumPy arrays, in the order of `weights`."""
        return [weight.numpy() for weight in self.weights]

    def set_weights(self, weights: Iterable[Any]) -> None:
        """Set the weights.

        Args:
            weights: Arrays in the order and of the shapes of `weights`.

        Raises:
            ValueError: If the number of arrays differs.
            ShapeError: If the shape of one differs; then nothing is changed.
        """
        arrays = [as_numpy(value) for value in weights]
        own = self.weights
        if len(arrays) != len(own):
            raise ValueError(
                f'layer "{self.name}": it has {len(own)} weights.\n'
                f"  got: a list of {len(arrays)} arrays"
            )
        for variable, array in zip(own, arrays):
            if tuple(variable.shape) != array.shape:
                raise ShapeError(
                    f'layer "{self.name}": the weight {variable.path!r} has shape '
                    f"{tuple(variable.shape)}.\n  got: an array of shape {array.shape}"
                )
        with eager_scope(), stop_recording():
            for variable, array in zip(own, arrays):
                variable.assign(array)

    def count_params(self) -> int:
        """Return the number of weight elements.

        Raises:
            ValueError: If the layer has no weights yet because it is not built.
        """
        if not self.built:
            raise ValueError(
                f'layer "{self.name}": it is not built, so its weights cannot be '
                "counted. Call it on data or call `build()` first."
            )
        return sum(math.prod(weight.shape) for weight in self.weights)

    def _flatten_layers(
        self, include_self: bool = True, recursive: bool = True
    ) -> list:
        found: dict[int, Any] = {}
        stack = [self]
        while stack:
            layer = stack.pop()
            if id(layer) not in found:
                found[id(layer)] = layer
                if recursive or layer is self:
                    stack.extend(reversed(layer._layers))
        layers = list(found.values())
        return layers if include_self else layers[1:]

    def add_loss(self, loss: Any, inputs: Any = None) -> None:
        """Add scalars to what training minimises, inside `call`.

        Args:
            loss: A tensor, a list of tensors, or a function without arguments that
                returns one each time the losses are asked for.
            inputs: Of no meaning; other versions have it.

        Raises:
            ValueError: If `loss` is no number, tensor or function.
        """
        for item in loss if isinstance(loss, (list, tuple)) else [loss]:
            if callable(item) and not isinstance(item, (Tensor, Variable)):
                self._loss_functions.append(item)
            elif item is not None:
                self._losses.append(as_tensor(item))

    def _clear_losses(self) -> None:
        for layer in self._flatten_layers():
            layer._losses.clear()

    def _collected_losses(self) -> list[tuple[Any, Tensor]]:
        """The losses of the last call, each with the layer that added it."""
        symbolic = in_symbolic_scope()
        return [
            (layer, loss)
            for layer in self._flatten_layers()
            for loss in layer._losses
            if symbolic or not loss.is_symbolic
        ]

    @property
    def losses(self) -> list[Tensor]:
        """The losses added during the last call and those of regularised weights."""
        return [loss for _, loss in self._collected_losses()] + self._weight_losses()

    def _weight_losses(self) -> list[Tensor]:
        found = [
            as_tensor(function())
            for layer in self._flatten_layers()
            for function in layer._loss_functions
        ]
        for weight in self.trainable_weights:
            if weight.regularizer is not None:
                found.append(weight.regularizer(weight))
        return found

    def add_metric(
        self, value: Any, aggregation: str | None = None, name: str | None = None
    ) -> None:
        """Report the mean of a tensor among the metrics, inside `call`.

        Args:
            value: A tensor of any shape.
            aggregation: `'mean'` or `None`; the mean is taken in both cases.
            name: The name under which it is reported.

        Raises:
            ValueError: If there is no name.
        """
        name = name or getattr(value, "name", None)
        if name is None:
            raise ValueError(
                f'layer "{self.name}": `add_metric` needs a name.\nReceived: name=None'
            )
        metric = self._metric_by_name.get(name)
        if metric is None:
            from kerasish import metrics

            with eager_scope(), stop_recording():
                metric = metrics.Mean(name=name)
            self._metric_by_name[name] = metric
        metric.update_state(value)

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Accept the updates of Keras 2 layers: pairs `(variable, new value)`.

        They run while training; those of a stateful layer also in prediction.
        """
        if current_phase() is False and not getattr(self, "stateful", False):
            return
        for update in updates if isinstance(updates, list) else [updates]:
            if isinstance(update, tuple):
                update[0].assign(update[1])

    def _warn_in_call(self, message: str) -> None:
        warnings.warn(f'layer "{self.name}": {message}', stacklevel=4)


def _checked_shape(shape: Any, name: str | None, layer_name: str) -> tuple[int, ...]:
    if shape is None:
        return ()
    sizes = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if any(size is None for size in sizes):
        raise ShapeError(
            f'layer "{layer_name}": the shape of the weight {name!r} has an unknown '
            "size. Give the layer an input whose size is known there.\n"
            f"  got: shape {sizes}"
        )
    return tuple(int(size) for size in sizes)


def _from_namespace(namespace: str, identifier: Any) -> Any:
    if identifier is None:
        return None
    import importlib

    return importlib.import_module(f"kerasish.{namespace}").get(identifier)


def _initializer(identifier: Any, dtype: str) -> Callable | Any:
    if isinstance(identifier, (Tensor, Variable, np.ndarray, int, float)):
        value = as_numpy(identifier)
        return lambda shape, dtype: np.broadcast_to(value, shape).astype(dtype)
    if identifier is None:
        is_float = "float" in str(dtype)
        identifier = "glorot_uniform" if is_float else "zeros"
    return _from_namespace("initializers", identifier)
