"""Dense layers that Keras 1 had: maxout and highway."""

from __future__ import annotations

from typing import Any

from kerasish import initializers
from kerasish.backend import ops
from kerasish.layers.arguments import (
    known_size,
    passed,
    positive_int,
    set_arguments,
)
from kerasish.layers.input_spec import InputSpec
from kerasish.layers.layer import Layer


class BaseOlderDense(Layer):
    """Base of the dense layers with the argument names of Keras 1."""

    def set_older(self, arguments: dict[str, Any]) -> None:
        """Keep the constructor's arguments.

        Args:
            arguments: The arguments by name.
        """
        initializer = initializers.get(arguments.pop("init"))
        set_arguments(self, **arguments)
        self.init = initializer
        self.input_spec = InputSpec(ndim=2)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, without first values."""
        config = super().get_config()
        del config["weights"]
        return config

    def add_matrix(self, name: str, shape: tuple, first: bool = True) -> Any:
        """Add a matrix; the first one follows the layer's arguments.

        Args:
            name: Its name.
            shape: Its shape.
            first: Whether it is penalised and projected.
        """
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=self.init,
            regularizer=self.W_regularizer if first else None,
            constraint=self.W_constraint if first else None,
        )

    def add_bias(self, shape: tuple) -> Any:
        """Add the bias, `None` if the layer has none.

        Args:
            shape: Its shape.
        """
        if not self.bias:
            return None
        return self.add_weight(
            name="b",
            shape=shape,
            initializer="zeros",
            regularizer=self.b_regularizer,
            constraint=self.b_constraint,
        )


class MaxoutDense(BaseOlderDense):
    """The largest of several linear functions, for each unit, as Keras 1 had it.

    Args:
        output_dim: Size of the output.
        nb_feature: Number of linear functions.
        init: Initializer of the matrices.
        weights: First values of the weights.
        W_regularizer: Penalty on the matrices.
        b_regularizer: Penalty on the biases.
        activity_regularizer: Penalty on the output.
        W_constraint: Projection of the matrices after each update.
        b_constraint: Projection of the biases after each update.
        bias: Whether there are biases.
        input_dim: Size of the input, for a first layer.

    Input shape: `(batch, features)`.

    Output shape: `(batch, output_dim)`.

    Weights: `W` of shape `(nb_feature, features, output_dim)`, `b` of shape
    `(nb_feature, output_dim)`.

    Reference:
        Goodfellow et al., 2013, "Maxout networks".

    Example:

    >>> import kerasish as keras
    >>> keras.layers.MaxoutDense(3)(keras.ops.ones((2, 5))).shape
    (2, 3)
    """

    def __init__(
        self,
        output_dim: int,
        nb_feature: int = 4,
        init: Any = "glorot_uniform",
        weights: Any = None,
        W_regularizer: Any = None,
        b_regularizer: Any = None,
        activity_regularizer: Any = None,
        W_constraint: Any = None,
        b_constraint: Any = None,
        bias: bool = True,
        input_dim: int | None = None,
        **kwargs: Any,
    ) -> None:
        own, base = _parted(locals())
        super().__init__(**base)
        self.set_older(own)
        positive_int(output_dim, "output_dim")
        positive_int(nb_feature, "nb_feature")

    def build(self, input_shape: tuple) -> None:
        """Make the matrices and the biases."""
        width = known_size(self, input_shape, -1, "features")
        self.W = self.add_matrix("W", (self.nb_feature, width, self.output_dim))
        self.b = self.add_bias((self.nb_feature, self.output_dim))

    def call(self, x: Any) -> Any:
        """Return the output for inputs of shape `(batch, features)`."""
        outputs = ops.einsum("bi,fio->bfo", x, self.W)
        if self.b is not None:
            outputs = outputs + self.b
        return ops.max(outputs, axis=1)


class Highway(BaseOlderDense):
    """A dense layer that lets a learned part of its input through, as Keras 1 had it.

    `t * activation(x W + b) + (1 - t) * x` with `t = sigmoid(x W_carry + b_carry)`.

    Args:
        init: Initializer of the matrices.
        activation: Activation function or its name; `None` for none.
        weights: First values of the weights.
        W_regularizer: Penalty on `W`.
        b_regularizer: Penalty on `b`.
        activity_regularizer: Penalty on the output.
        W_constraint: Projection of `W` after each update.
        b_constraint: Projection of `b` after each update.
        bias: Whether there are biases.
        input_dim: Size of the input, for a first layer.

    Input shape: `(batch, features)`.

    Output shape: the same.

    Weights: `W` and `W_carry` of shape `(features, features)`, `b` and `b_carry` of
    shape `(features,)`.

    Reference:
        Srivastava et al., 2015, "Highway networks".

    Example:

    >>> import kerasish as keras
    >>> keras.layers.Highway(activation="relu")(keras.ops.ones((2, 5))).shape
    (2, 5)
    """

    def __init__(
        self,
        init: Any = "glorot_uniform",
        activation: Any = None,
        weights: Any = None,
        W_regularizer: Any = None,
        b_regularizer: Any = None,
        activity_regularizer: Any = None,
        W_constraint: Any = None,
        b_constraint: Any = None,
        bias: bool = True,
        input_dim: int | None = None,
        **kwargs: Any,
    ) -> None:
        own, base = _parted(locals())
        super().__init__(**base)
        self.set_older(own)

    def build(self, input_shape: tuple) -> None:
        """Make the matrices and the biases."""
        width = known_size(self, input_shape, -1, "features")
        self.W = self.add_matrix("W", (width, width))
        self.W_carry = self.add_matrix("W_carry", (width, width), first=False)
        self.b = self.add_bias((width,))
        self.b_carry = None
        if self.bias:
            self.b_carry = self.add_weight(
                name="b_carry", shape=(width,), initializer="ones"
            )

    def call(self, x: Any) -> Any:
        """Return the output for inputs of shape `(batch, features)`."""
        changed, carried = ops.matmul(x, self.W), ops.matmul(x, self.W_carry)
        if self.bias:
            changed, carried = changed + self.b, carried + self.b_carry
        part = ops.sigmoid(carried)
        return part * self.activation(changed) + (1.0 - part) * x


def _parted(names: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a constructor's own arguments and those for `Layer`, from `locals()`."""
    base = dict(names["kwargs"])
    own = {name: value for name, value in passed(names).items() if name not in base}
    base["activity_regularizer"] = own.pop("activity_regularizer")
    weights = own.pop("weights")
    if weights is not None:
        base["weights"] = weights
    if own["input_dim"] is not None:
        base["input_shape"] = (own["input_dim"],)
    return own, base
