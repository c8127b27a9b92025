"""The base class of optimizers."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from kerasish import naming
from kerasish.backend import ops
from kerasish.backend.graph import Variable, in_symbolic_scope, origin_scope
from kerasish.backend.graph.stateless import StatelessScope
from kerasish.backend.plan import GradientTape
from kerasish.optimizers.clipping import clip_by_global_norm, clip_by_norm
from kerasish.optimizers.learning_rate import LearningRate
from kerasish.optimizers.older_methods import OlderMethods
from kerasish.optimizers.optimizer_state import OptimizerState
from kerasish.optimizers.options import (
    DEFAULTS,
    DecayExclusions,
    check_options,
    full_signature,
)
from kerasish.optimizers.shared_updates import SharedUpdates


class Optimizer(OptimizerState, LearningRate, OlderMethods):
    """Changes Variables by their gradients.

    A subclass makes its state in `build(variables)`, by `add_optimizer_variables`, and
    implements `update_step(gradient, variable, learning_rate)`, which assigns to the
    Variable and to the state. The same code runs at once on arrays and, unchanged,
    inside compiled training steps.

    Args:
        learning_rate: A number, a `LearningRateSchedule`, or a function without
            arguments that returns a number.
        weight_decay: Each step takes `variable * weight_decay * learning_rate` off.
        clipnorm: Largest L2 norm of the gradient of each Variable.
        clipvalue: Largest absolute value of a gradient's elements.
        global_clipnorm: Largest L2 norm of all gradients together.
        use_ema: Whether to keep an exponential moving average of the Variables.
        ema_momentum: `average = momentum * average + (1 - momentum) * variable`.
        ema_overwrite_frequency: After how many steps the Variables are replaced by
            their averages; `None`: only at the end of training.
        loss_scale_factor: The loss is multiplied and gradients are divided by it.
        gradient_accumulation_steps: Over how many steps gradients are averaged before
            one update.
        name: Name of the optimizer; derived from the class by default.
        **kwargs: `lr` and `decay` as in Keras 2: the learning rate, and its time decay
            `lr / (1 + decay * iterations)`.

    Raises:
        ValueError: If an argument is unknown or has no meaning.

    Example:

    >>> import kerasish as keras
    >>> class SignDescent(keras.optimizers.Optimizer):
    ...     def update_step(self, gradient, variable, learning_rate):
    ...         self.assign_sub(variable, learning_rate * keras.ops.sign(gradient))
    >>> weight = keras.Variable([1.0, 2.0])
    >>> SignDescent(0.5).apply([[3.0, -4.0]], [weight])
    >>> weight.numpy()
    array([0.5, 2.5], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        given = {key: value for key, value in locals().items() if key in DEFAULTS}
        check_options(given)
        self._start_state()
        vars(self).update(given)
        self.name = name or naming.auto_name(type(self).__name__)
        self.decay = float(kwargs.pop("decay", None) or 0.0)
        learning_rate = kwargs.pop("lr", learning_rate)
        kwargs.pop("jit_compile", None)
        if kwargs:
            raise ValueError(
                f"{type(self).__name__} has no arguments of these names.\n"
                f"Received: {', '.join(f'{k}={v!r}' for k, v in kwargs.items())}"
            )
        self.built = False
        self._exclusions = DecayExclusions()
        self._trainable_variables: list[Variable] = []
        self._index_by_id: dict[int, int] = {}
        self._moving_averages: list[Variable] = []
        self._accumulated: list[Variable] = []
        self._iterations = self.add_variable((), dtype="int64", name="iteration")
        self._start_learning_rate(learning_rate)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.__signature__ = full_signature(cls)

    @property
    def iterations(self) -> Any:
        """How many updates were made, an integer Variable (or tensor)."""
        if self.gradient_accumulation_steps:
            return ops.floor_divide(self._iterations, self.gradient_accumulation_steps)
        return self._iterations

    @iterations.setter
    def iterations(self, value: Any) -> None:
        self._iterations.assign(value)

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the state for the Variables to train.

        Args:
            variables: The trainable Variables of a model.
        """
        variables = list(variables)
        if self.use_ema:
            self._moving_averages = self.add_optimizer_variables(variables, "average")
        if self.gradient_accumulation_steps:
            self._accumulated = self.add_optimizer_variables(
                variables, "gradient_accumulator"
            )
        self._trainable_variables = variables
        self._number_variables()
        self.built = True
        if self._has_own_updates():
            self._own_step(variables)  # So that its state can be loaded.

    def _number_variables(self) -> None:
        self._index_by_id = {id(v): i for i, v in enumerate(self._trainable_variables)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        # A copy has other Variables, of other identities.
        self._number_variables()

    def _get_variable_index(self, variable: Variable) -> int:
        return self._index_by_id[id(variable)]

    def assign(self, variable: Variable, value: Any) -> None:
        """Replace the value of a Variable."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Add to the value of a Variable."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtract from the value of a Variable."""
        variable.assign_sub(value)

    def update_step(
        self, gradient: Any, variable: Variable, learning_rate: Any
    ) -> None:
        """Change one Variable; a subclass implements it.

        Args:
            gradient: Tensor of the shape of the Variable.
            variable: One of the Variables given to `build`.
            learning_rate: The learning rate of this step.

        Raises:
            NotImplementedError: In this base class.
        """
        raise NotImplementedError(
            f"Optimizer {type(self).__name__!r} must implement "
            "`update_step(gradient, variable, learning_rate)`."
        )

    def update_variables(
        self,
        gradients: Sequence[Any],
        variables: Sequence[Variable],
        learning_rate: Any,
    ) -> None:
        """Change all Variables: call `update_step` for each, or an own `get_updates`.

        Args:
            gradients: Clipped gradients.
            variables: The Variables they belong to.
            learning_rate: The learning rate of this step.
        """
        if self._has_own_updates():
            self._run_own_updates(gradients, variables)
            return
        if getattr(self.update_step, "is_shared", False) and in_symbolic_scope():
            SharedUpdates(self, learning_rate).apply(gradients, variables)
            return
        for gradient, variable in zip(gradients, variables):
            self.update_step(gradient, variable, learning_rate)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Any:
        """Make one step.

        Args:
            grads_and_vars: Pairs of gradient and Variable.

        Returns:
            The Variable that counts the steps.
        """
        gradients, variables = zip(*grads_and_vars)
        self.apply(gradients, variables)
        return self._iterations

    def minimize(self, loss: Any, var_list: Any, tape: Any = None) -> Any:
        """Differentiate a loss and make one step (a method of Keras 2).

        Args:
            loss: A function without arguments that computes the loss; or, with a
                tape, the loss it recorded.
            var_list: The Variables to change, or a function that returns them.
            tape: A `GradientTape`.

        Returns:
            The Variable that counts the steps.
        """
        if tape is None:
            with GradientTape() as tape:
                loss = loss()
        variables = list(var_list() if callable(var_list) else var_list)
        gradients = tape.gradient(loss, variables)
        return self.apply_gradients(zip(gradients, variables))

    def apply(
        self,
        grads: Sequence[Any],
        trainable_variables: Sequence[Variable] | None = None,
    ) -> None:
        """Make one step.

        Args:
            grads: A gradient, or `None`, for each Variable.
            trainable_variables: The Variables; by default those given to `build`.

        Raises:
            ValueError: If the optimizer was built for other Variables, the numbers
                differ, or no Variable has a gradient.
        """
        if len(grads) == 0:
            return
        variables = self._checked_pairs(grads, trainable_variables)
        with origin_scope(f"optimizer {self.name}"):
            grads, variables = self._with_gradient(grads, variables)
            if self.loss_scale_factor is not None:
                grads = [gradient / self.loss_scale_factor for gradient in grads]
            if self.gradient_accumulation_steps:
                self._accumulate(grads, variables)
            else:
                self._update_all(grads, variables)
            if self.use_ema:
                self._update_averages()
            for variable in variables:
                if variable.constraint is not None:
                    variable.assign(variable.constraint(variable.value))
            self._iterations.assign_add(1)

    def _checked_pairs(self, grads: Sequence[Any], variables: Any) -> list[Variable]:
        if variables is None:
            if not self.built:
                raise ValueError(
                    f"Optimizer {self.name!r} is not built: call `build(variables)` "
                    "first, or pass the Variables."
                )
            variables = self._trainable_variables
        variables = list(variables)
        if len(variables) != len(grads):
            raise ValueError(
                f"Optimizer {self.name!r} needs one gradient for each Variable.\n"
                f"Received: {len(grads)} gradients for {len(variables)} Variables"
            )
        if not self.built:
            self.build(variables)
        unknown = [v.path for v in variables if id(v) not in self._index_by_id]
        if unknown:
            raise ValueError(
                f"Optimizer {self.name!r} was built for other Variables; make a new "
                f"optimizer for a new model.\nReceived: unknown Variables {unknown}"
            )
        return variables

    def _with_gradient(
        self, grads: Sequence[Any], variables: Sequence[Variable]
    ) -> tuple[list[Any], list[Variable]]:
        """Leave out the Variables without a gradient, with a warning."""
        missing = [v.path for g, v in zip(grads, variables) if g is None]
        if len(missing) == len(variables):
            raise ValueError(
                "No Variable has a gradient: the loss does not depend on them.\n"
                f"Received: Variables {missing}"
            )
        if missing:
            warnings.warn(
                f"The loss does not depend on the Variables {missing}; they stay as "
                "they are.",
                stacklevel=3,
            )
        pairs = [(g, v) for g, v in zip(grads, variables) if g is not None]
        return (
            [ops.convert_to_tensor(g, dtype=v.dtype) for g, v in pairs],
            [v for _, v in pairs],
        )

    def _update_all(self, grads: list[Any], variables: list[Variable]) -> None:
        grads = self._clip_gradients(grads)
        learning_rate = self.current_learning_rate()
        self._apply_weight_decay(variables, learning_rate)
        self.update_variables(grads, variables, learning_rate)

    def _clip_gradients(self, grads: list[Any]) -> list[Any]:
        if self.clipnorm:
            return [clip_by_norm(gradient, self.clipnorm) for gradient in grads]
        if self.global_clipnorm:
            return clip_by_global_norm(grads, self.global_clipnorm)
        if self.clipvalue:
            return [ops.clip(g, -self.clipvalue, self.clipvalue) for g in grads]
        return grads

    def exclude_from_weight_decay(
        self, var_list: Any = None, var_names: Any = None
    ) -> None:
        """Leave Variables out of weight decay.

        Args:
            var_list: Variables.
            var_names: Parts of names (regular expressions), such as `["bias"]`.

        Raises:
            ValueError: If the optimizer is built already.
        """
        if self.built:
            raise ValueError(
                "`exclude_from_weight_decay` must be called before the optimizer is "
                "built."
            )
        self._exclusions = DecayExclusions(var_list, var_names)

    def _weight_decay_of(self, variable: Variable) -> float | None:
        return None if variable in self._exclusions else self.weight_decay

    def _apply_weight_decay(
        self, variables: Sequence[Variable], learning_rate: Any
    ) -> None:
        for variable in variables:
            amount = self._weight_decay_of(variable)
            if amount is not None:
                rate = ops.cast(learning_rate, variable.dtype)
                variable.assign(variable - variable * amount * rate)

    def _accumulate(self, grads: list[Any], variables: list[Variable]) -> None:
        """Add the gradients up; in every n-th step make an update with their mean."""
        steps = self.gradient_accumulation_steps
        stores = [self._accumulated[self._get_variable_index(v)] for v in variables]
        totals = [store + gradient for store, gradient in zip(stores, grads)]
        complete = ops.equal((self._iterations + 1) % steps, 0)
        for store, total in zip(stores, totals):
            store.assign(ops.where(complete, ops.zeros_like(total), total))
        means = [total / steps for total in totals]
        assign_where(complete, lambda: self._update_all(means, variables))

    def _update_averages(self) -> None:
        first = ops.equal(self.iterations, 0)
        for variable, average in zip(self._trainable_variables, self._moving_averages):
            started = ops.cast(ops.logical_not(first), variable.dtype)
            momentum = started * self.ema_momentum
            average.assign(momentum * average + (1.0 - momentum) * variable)
        if self.ema_overwrite_frequency:
            due = ops.equal((self.iterations + 1) % self.ema_overwrite_frequency, 0)
            assign_where(due, self._overwrite_by_averages)

    def _overwrite_by_averages(self) -> None:
        for variable, average in zip(self._trainable_variables, self._moving_averages):
            variable.assign(average.value)

    def finalize_variable_values(self, var_list: Any = None) -> None:
        """Replace the Variables by their averages, if averages are kept.

        Args:
            var_list: Accepted for the signature of Keras 3.
        """
        if self.use_ema and self.built:
            self._overwrite_by_averages()

    def scale_loss(self, loss: Any) -> Any:
        """Return the loss to differentiate: multiplied by `loss_scale_factor`.

        Args:
            loss: Scalar tensor.
        """
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def stateless_apply(
        self,
        optimizer_variables: Sequence[Any],
        grads: Sequence[Any],
        trainable_variables: Sequence[Any],
    ) -> tuple[list, list]:
        """Return the values after a step, without changing any Variable.

        Args:
            optimizer_variables: Values of `variables`.
            grads: A gradient for each Variable to train.
            trainable_variables: Values of the Variables to train.

        Returns:
            `(trainable_variables, optimizer_variables)` after the step.

        Raises:
            ValueError: If the optimizer is not built or a number is wrong.
        """
        own, trained = self.variables, self._trainable_variables
        if not self.built:
            raise ValueError(f"Optimizer {self.name!r} is not built.")
        got = (len(optimizer_variables), len(trainable_variables))
        if got != (len(own), len(trained)):
            raise ValueError(
                f"Optimizer {self.name!r} has {len(own)} variables and trains "
                f"{len(trained)}.\nReceived: {got[0]} and {got[1]} values"
            )
        pairs = [*zip(own, optimizer_variables), *zip(trained, trainable_variables)]
        with StatelessScope(pairs) as scope:
            self.apply(grads)
            return (
                [scope.get_current_value(v) for v in trained],
                [scope.get_current_value(v) for v in own],
            )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        settings = {
            "name": self.name,
            "learning_rate": self._learning_rate_config(),
            **{key: getattr(self, key) for key in DEFAULTS if key != "name"},
        }
        if self.decay:
            settings["decay"] = self.decay
        if self.epsilon_outside:
            settings["epsilon_outside"] = True
        for name in inspect.signature(type(self)).parameters:
            if name not in settings and name != "kwargs" and hasattr(self, name):
                settings[name] = getattr(self, name)
        return settings

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Optimizer:
        """Make an optimizer from the result of `get_config`.

        Args:
            config: The constructor arguments; those of Keras 2 work too.
            custom_objects: Classes of the user by name.
        """
        settings = dict(config)
        settings.pop("is_legacy_optimizer", None)
        for key in ("learning_rate", "lr"):
            if isinstance(settings.get(key), Mapping):
                from kerasish.optimizers.schedules import deserialize

                settings[key] = deserialize(settings[key], custom_objects)
        return cls(**settings)


def assign_where(condition: Any, change: Callable[[], Any]) -> None:
    """Make the assignments of a function take effect only if a condition holds.

    Args:
        condition: Scalar boolean tensor; a symbolic one selects when the graph runs.
        change: Assigns to Variables.

    Example:

    >>> weight = Variable(1.0)
    >>> assign_where(ops.convert_to_tensor(False), lambda: weight.assign(2.0))
    >>> float(weight)
    1.0
    """
    if not condition.is_symbolic:
        if condition:
            change()
        return
    with StatelessScope() as scope:
        change()
    for variable, value in scope.updates:
        variable.assign(ops.where(condition, value, variable.value))
