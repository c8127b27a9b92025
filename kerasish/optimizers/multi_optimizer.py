"""`MultiOptimizer`: several optimizers, each for some of the Variables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kerasish.backend.graph import Variable
from kerasish.optimizers.optimizer import Optimizer
from kerasish.serialization import deserialize_keras_object, serialize_keras_object


class OptimizerMap:
    """Says which optimizer changes which Variable.

    Args:
        default_optimizer: The optimizer of Variables that nothing fits.
        optimizer_map: Dict from a Variable's path, or a regular expression that is
            found in it, to an optimizer.

    Example:

    >>> import kerasish as keras
    >>> slow, fast = keras.optimizers.SGD(0.1), keras.optimizers.SGD(1.0)
    >>> choose = OptimizerMap(slow, {"bias$": fast})
    >>> choose(keras.Variable(0.0, name="bias")) is fast
    True
    """

    def __init__(self, default_optimizer: Any, optimizer_map: Any = None) -> None:
        from kerasish.optimizers.lookup import get

        self._default = get(default_optimizer)
        self._map = {key: get(value) for key, value in (optimizer_map or {}).items()}

    @property
    def default_optimizer(self) -> Optimizer:
        """The optimizer of Variables that nothing fits."""
        return self._default

    def __call__(self, variable: Variable) -> Optimizer:
        """Return the optimizer of a Variable.

        Args:
            variable: The Variable.

        Raises:
            ValueError: If several expressions fit.
        """
        if variable.path in self._map:
            return self._map[variable.path]
        fitting = [key for key in self._map if re.search(key, variable.path)]
        if len(fitting) > 1:
            raise ValueError(
                f"Several keys fit the Variable {variable.path!r}.\nReceived: {fitting}"
            )
        return self._map[fitting[0]] if fitting else self._default

    def __getitem__(self, key: str) -> Optimizer:
        return self._map[key]

    def __setitem__(self, key: str, optimizer: Any) -> None:
        from kerasish.optimizers.lookup import get

        self._map[key] = get(optimizer)

    def __delitem__(self, key: str) -> None:
        del self._map[key]

    def __iter__(self) -> Any:
        return iter(self._map)

    def __len__(self) -> int:
        return len(self._map)

    def optimizers(self) -> list[Optimizer]:
        """Return all optimizers, the default one last."""
        found = [*self._map.values(), self._default]
        return list({id(optimizer): optimizer for optimizer in found}.values())

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        from kerasish.optimizers.lookup import serialize

        return {
            "default_optimizer": serialize(self._default),
            "optimizer_map": {k: serialize(v) for k, v in self._map.items()},
        }

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> OptimizerMap:
        """Make a map from the result of `get_config`.

        Args:
            config: The constructor arguments.
            custom_objects: Classes of the user by name.
        """
        from kerasish.optimizers.lookup import deserialize

        return cls(
            deserialize(config["default_optimizer"], custom_objects),
            {
                key: deserialize(value, custom_objects)
                for key, value in (config["optimizer_map"] or {}).items()
            },
        )


class MultiOptimizer(Optimizer):
    """Changes each Variable with the optimizer that a map has for it.

    Args:
        optimizer_map: An `OptimizerMap`, or a function from a Variable to one of
            several optimizers, which is asked once for each Variable.
        loss_scale_factor: The loss is multiplied and gradients are divided by it.
        name: Name of the optimizer; derived from the class by default.

    Raises:
        TypeError: If `optimizer_map` is something else.

    Example:

    >>> import kerasish as keras
    >>> weight = keras.Variable(1.0, name="kernel")
    >>> bias = keras.Variable(1.0, name="bias")
    >>> choose = OptimizerMap(keras.optimizers.SGD(0.1), {"bias": "adam"})
    >>> MultiOptimizer(choose).apply([1.0, 1.0], [weight, bias])
    >>> round(float(weight), 3), round(float(bias), 3)
    (0.9, 0.999)
    """

    def __init__(
        self,
        optimizer_map: OptimizerMap | Callable[[Variable], Optimizer],
        loss_scale_factor: float | None = None,
        name: str | None = None,
    ) -> None:
        if not callable(optimizer_map):
            raise TypeError(
                "MultiOptimizer needs an OptimizerMap or a function.\n"
                f"Received: optimizer_map={optimizer_map!r}"
            )
        super().__init__(0.0, loss_scale_factor=loss_scale_factor, name=name)
        self.optimizer_map = optimizer_map
        known = isinstance(optimizer_map, OptimizerMap)
        self._optimizers: list[Optimizer] = optimizer_map.optimizers() if known else []
        self._chosen: dict[int, Optimizer] = {}

    @property
    def optimizers(self) -> list[Optimizer]:
        """The optimizers, the default one of an `OptimizerMap` last."""
        return list(self._optimizers)

    @property
    def variables(self) -> list[Variable]:
        """Own state, then that of each optimizer."""
        inner = (v for optimizer in self.optimizers for v in optimizer.variables)
        return [*self._variables, *inner]

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the last optimizer, the default one of a map."""
        return self._optimizers[-1].learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self._optimizers[-1].learning_rate = value

    def prepare_step(self) -> None:
        """See `Optimizer`; for each optimizer."""
        for optimizer in self.optimizers:
            optimizer.prepare_step()

    def _groups(self, pairs: Any) -> list[tuple[Optimizer, list, list]]:
        groups: dict[int, tuple[Optimizer, list, list]] = {}
        for gradient, variable in pairs:
            optimizer = self._optimizer_of(variable)
            group = groups.setdefault(id(optimizer), (optimizer, [], []))
            group[1].append(gradient)
            group[2].append(variable)
        return list(groups.values())

    def _optimizer_of(self, variable: Variable) -> Optimizer:
        if id(variable) not in self._chosen:
            optimizer = self.optimizer_map(variable)
            if not isinstance(optimizer, Optimizer):
                raise ValueError(
                    f"The optimizer of the Variable {variable.path!r} must be an "
                    f"Optimizer.\nReceived: {optimizer!r}"
                )
            if not any(optimizer is known for known in self._optimizers):
                self._optimizers.append(optimizer)
            self._chosen[id(variable)] = optimizer
        return self._chosen[id(variable)]

    def build(self, var_list: Sequence[Variable]) -> None:
        """Make the state of each optimizer for its Variables.

        Args:
            var_list: The Variables to train.
        """
        for optimizer, _, variables in self._groups((None, v) for v in var_list):
            optimizer.build(variables)
        super().build(var_list)

    def _update_all(self, grads: list[Any], variables: list[Variable]) -> None:
        for optimizer, group, owned in self._groups(zip(grads, variables)):
            optimizer.apply(group, owned)

    def finalize_variable_values(self, var_list: Any = None) -> None:
        """See `Optimizer`; for each optimizer.

        Args:
            var_list: Accepted for the signature of Keras 3.
        """
        for optimizer in self.optimizers:
            optimizer.finalize_variable_values(var_list)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        choose = self.optimizer_map
        return {
            "name": self.name,
            "loss_scale_factor": self.loss_scale_factor,
            "optimizer_map": choose.get_config()
            if isinstance(choose, OptimizerMap)
            else serialize_keras_object(choose),
        }

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> MultiOptimizer:
        """Make an optimizer from the result of `get_config`.

        Args:
            config: The constructor arguments.
            custom_objects: Classes of the user by name.
        """
        settings = dict(config)
        choose = settings.pop("optimizer_map")
        if isinstance(choose, Mapping) and choose.get("class_name") == "OptimizerMap":
            choose = choose["config"]
        if isinstance(choose, Mapping) and "default_optimizer" in choose:
            made = OptimizerMap.from_config(choose, custom_objects)
        else:
            made = deserialize_keras_object(choose, custom_objects)
        return cls(made, **settings)
