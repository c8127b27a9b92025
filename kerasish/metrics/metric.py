"""The base class of metrics."""

from __future__ import annotations

from typing import Any

from kerasish import initializers, naming
from kerasish.backend import config, ops
from kerasish.backend.dtypes import standardize_dtype
from kerasish.backend.graph import Variable, eager_scope, origin_scope
from kerasish.backend.graph.stateless import StatelessScope


class Metric:
    """A number that is gathered over many batches.

    A subclass makes its state with `add_variable`, changes it in `update_state` by
    `assign`, and computes the number in `result`. All three work at once on arrays
    and, unchanged, inside compiled training steps.

    Args:
        dtype: Dtype of the computation, or a dtype policy; `floatx()` by default.
        name: Name of the metric; derived from the class by default.

    Example:

    >>> import kerasish as keras
    >>> class Largest(keras.metrics.Metric):
    ...     def __init__(self, name="largest"):
    ...         super().__init__(name=name)
    ...         self.value = self.add_variable((), "zeros", name="value")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         batch = keras.ops.max(y_pred)
    ...         self.value.assign(keras.ops.maximum(self.value, batch))
    ...     def result(self):
    ...         return self.value.value
    >>> metric = Largest()
    >>> metric.update_state([0.0], [2.0])
    >>> metric.update_state([0.0], [1.0])
    >>> float(metric.result())
    2.0
    """

    _direction: str | None = None

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        self.__dict__["_variables"] = []
        self.__dict__["_metrics"] = []
        self.name = name or naming.auto_name(type(self).__name__)
        self._dtype = standardize_dtype(
            getattr(dtype, "compute_dtype", dtype) or config.floatx()
        )

    def __setattr__(self, name: str, value: Any) -> None:
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(item, Variable):
                self._track_value(self._owned("_variables"), item)
            elif isinstance(item, Metric):
                self._track_value(self._owned("_metrics"), item)
        super().__setattr__(name, value)

    def _owned(self, kind: str) -> list:
        if kind not in self.__dict__:
            raise RuntimeError(
                f"Metric {type(self).__name__!r} must call `super().__init__()` as the "
                "first statement of its `__init__`."
            )
        return self.__dict__[kind]

    @staticmethod
    def _track_value(known: list, item: Any) -> None:
        if not any(item is other for other in known):
            known.append(item)

    @property
    def dtype(self) -> str:
        """The dtype the metric is computed in."""
        return self._dtype

    @property
    def variables(self) -> list[Variable]:
        """The state: own Variables, then those of metrics that are attributes."""
        nested = [v for metric in self._owned("_metrics") for v in metric.variables]
        return [*self._owned("_variables"), *nested]

    def add_variable(
        self,
        shape: Any,
        initializer: Any,
        dtype: Any = None,
        aggregation: str = "sum",
        name: str | None = None,
    ) -> Variable:
        """Make a state Variable.

        Args:
            shape: Its shape.
            initializer: An initializer or its name.
            dtype: Its dtype, `floatx()` by default.
            aggregation: How replicas would be combined.
            name: Its name.

        Returns:
            The Variable, which `reset_state` sets to zero.
        """
        known = self._owned("_variables")
        with eager_scope():
            variable = Variable(
                initializers.get(initializer),
                shape=tuple(shape),
                dtype=dtype,
                trainable=False,
                autocast=False,
                aggregation=aggregation,
                name=name,
            )
        variable.path = f"{self.name}/{variable.name}"
        known.append(variable)
        return variable

    def add_weight(self, *args: Any, **kwargs: Any) -> Variable:
        """Make a state Variable; see `add_variable`.

        Args:
            *args: `shape=(), initializer="zeros", dtype=None, name=None`; or, if the
                first one is a string, `name, shape` as in Keras 2.
            **kwargs: The same by name, and `aggregation`; `synchronization` is
                accepted for Keras 2.
        """
        old = bool(args) and isinstance(args[0], str)
        order = ("name", "shape") if old else ("shape", "initializer", "dtype", "name")
        given = {**dict(zip(order, args)), **kwargs}
        given.pop("synchronization", None)
        initializer = given.pop("initializer", None)
        return self.add_variable(
            given.pop("shape", ()),
            "zeros" if initializer is None else initializer,
            **given,
        )

    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        """Take in one batch; a subclass implements it.

        Raises:
            NotImplementedError: In this base class.
        """
        raise NotImplementedError(
            f"Metric {type(self).__name__!r} must implement `update_state()`."
        )

    def result(self) -> Any:
        """Compute the number from the state; a subclass implements it.

        Raises:
            NotImplementedError: In this base class.
        """
        raise NotImplementedError(
            f"Metric {type(self).__name__!r} must implement `result()`."
        )

    def reset_state(self) -> None:
        """Forget all batches: set the state to zero."""
        for variable in self.variables:
            variable.assign(ops.zeros(variable.shape, dtype=variable.dtype))

    def reset_states(self) -> None:
        """Forget all batches (the name of Keras 2)."""
        self.reset_state()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Take in one batch and return the result so far."""
        with origin_scope(f"metric {self.name}"):
            self.update_state(*args, **kwargs)
            return self.result()

    def _stateless(self, metric_variables: Any) -> StatelessScope:
        own = self.variables
        if len(metric_variables) != len(own):
            raise ValueError(
                f"Metric {self.name!r} has {len(own)} variables.\n"
                f"Received: metric_variables of length {len(metric_variables)}"
            )
        return StatelessScope(zip(own, metric_variables))

    def stateless_update_state(
        self, metric_variables: Any, *args: Any, **kwargs: Any
    ) -> list:
        """Return the state after a batch, without changing the Variables.

        Args:
            metric_variables: Values of `variables`.
            *args: Arguments of `update_state`.
            **kwargs: Likewise.

        Raises:
            ValueError: If the number of values is wrong.
        """
        with self._stateless(metric_variables) as scope:
            self.update_state(*args, **kwargs)
            return [scope.get_current_value(v) for v in self.variables]

    def stateless_result(self, metric_variables: Any) -> Any:
        """Return the result for a state, without changing the Variables.

        Args:
            metric_variables: Values of `variables`.

        Raises:
            ValueError: If the number of values is wrong.
        """
        with self._stateless(metric_variables):
            return self.result()

    def stateless_reset_state(self) -> list:
        """Return the state before any batch, without changing the Variables."""
        with StatelessScope() as scope:
            self.reset_state()
            return [scope.get_current_value(v) for v in self.variables]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        """Make a metric from the result of `get_config`."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"
