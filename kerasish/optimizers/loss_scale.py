"""Dynamic loss scaling for training in float16."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kerasish import initializers
from kerasish.backend import ops
from kerasish.backend.graph import Variable
from kerasish.optimizers.optimizer import Optimizer, assign_where
from kerasish.optimizers.options import DEFAULTS


class LossScaleOptimizer(Optimizer):
    """Scales the loss so that gradients neither vanish nor overflow in float16.

    A step whose gradients are all finite is made with the unscaled gradients, and
    after `dynamic_growth_steps` of them the scale doubles. Any other step is left out
    and the scale halved (Micikevicius et al. 2017, https://arxiv.org/abs/1710.03740).

    Args:
        inner_optimizer: The optimizer that makes the steps.
        initial_scale: The first scale.
        dynamic_growth_steps: After how many finite steps the scale doubles.
        name: Name of the optimizer.
        **kwargs: The options of `Optimizer` belong to the inner optimizer.

    Raises:
        ValueError: If an option is given that belongs to the inner optimizer.

    Example:

    >>> import kerasish as keras
    >>> weight = keras.Variable([1.0])
    >>> optimizer = LossScaleOptimizer(keras.optimizers.SGD(0.5), initial_scale=4.0)
    >>> optimizer.apply([[4.0]], [weight])
    >>> weight.numpy()
    array([0.5], dtype=float32)
    """

    def __init__(
        self,
        inner_optimizer: Optimizer,
        initial_scale: float = 2.0**15,
        dynamic_growth_steps: int = 2000,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs = {k: v for k, v in kwargs.items() if v != DEFAULTS.get(k, ())}
        if not kwargs.pop("dynamic", True) or kwargs:
            raise ValueError(
                "LossScaleOptimizer is always dynamic and has no options of its own; "
                f"give them to the inner optimizer.\nReceived: {kwargs}"
            )
        super().__init__(0.0, name=name)
        self.inner_optimizer = inner_optimizer
        self.initial_scale = initial_scale
        self.dynamic_growth_steps = dynamic_growth_steps
        inner_optimizer.loss_scale_factor = None

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the scale, its counter, and the state of the inner optimizer."""
        if self.built:
            return
        self._make_scale()
        self.inner_optimizer.build(variables)
        super().build(variables)

    def _make_scale(self) -> None:
        """Make the scale, which a traced step reads before its optimizer is built."""
        if hasattr(self, "dynamic_scale"):
            return
        self.step_counter = self.add_variable((), dtype="int64", name="step_counter")
        self.dynamic_scale = self.add_variable(
            (),
            initializers.get(self.initial_scale),
            dtype="float32",
            name="dynamic_scale",
        )

    @property
    def variables(self) -> list[Variable]:
        """Own state, then that of the inner optimizer."""
        return [*self._variables, *self.inner_optimizer.variables]

    @property
    def iterations(self) -> Any:
        """How many updates the inner optimizer made."""
        return self.inner_optimizer.iterations

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the inner optimizer."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.inner_optimizer.learning_rate = value

    def prepare_step(self) -> None:
        """See `Optimizer`; for the inner optimizer."""
        self.inner_optimizer.prepare_step()

    def scale_loss(self, loss: Any) -> Any:
        """Return the loss times the current scale.

        Args:
            loss: Scalar tensor.
        """
        self._make_scale()
        loss = ops.convert_to_tensor(loss)
        return loss * ops.cast(self.dynamic_scale.value, loss.dtype)

    def apply(
        self,
        grads: Sequence[Any],
        trainable_variables: Sequence[Variable] | None = None,
    ) -> None:
        """Make one step if all gradients are finite.

        Args:
            grads: Gradients of the scaled loss, `None` for Variables without one.
            trainable_variables: The Variables; by default those given to `build`.
        """
        if not self.built:
            self.build(trainable_variables)
        scale = self.dynamic_scale.value
        tensors = [g if g is None else ops.convert_to_tensor(g) for g in grads]
        finite = [ops.all(ops.isfinite(g)) for g in tensors if g is not None]
        all_finite = (
            ops.all(ops.stack(finite)) if finite else ops.convert_to_tensor(True)
        )
        unscaled = [g if g is None else g / ops.cast(scale, g.dtype) for g in tensors]
        assign_where(
            all_finite,
            lambda: self.inner_optimizer.apply(unscaled, trainable_variables),
        )
        self._adapt(all_finite, scale)

    def _adapt(self, all_finite: Any, scale: Any) -> None:
        count = self.step_counter.value
        grown = ops.equal(count, self.dynamic_growth_steps - 1)
        restart = ops.logical_or(grown, ops.logical_not(all_finite))
        self.step_counter.assign(ops.where(restart, ops.zeros_like(count), count + 1))
        after_finite = ops.where(grown, scale * 2.0, scale)
        self.dynamic_scale.assign(ops.where(all_finite, after_finite, scale * 0.5))

    def finalize_variable_values(self, var_list: Any = None) -> None:
        """See `Optimizer`; for the inner optimizer."""
        self.inner_optimizer.finalize_variable_values(var_list)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        from kerasish.optimizers.lookup import serialize

        return {
            "name": self.name,
            "inner_optimizer": serialize(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> LossScaleOptimizer:
        """Make an optimizer from the result of `get_config`."""
        from kerasish.optimizers.lookup import deserialize

        settings = dict(config)
        inner = settings.pop("inner_optimizer")
        return cls(deserialize(inner, custom_objects), **settings)
