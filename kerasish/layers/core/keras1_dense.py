"""Dense layers that only Keras 1 had; its models are read with them."""

from __future__ import annotations

from typing import Any

from kerasish import activations
from kerasish.backend import ops
from kerasish.layers.arguments import set_arguments
from kerasish.layers.layer import Layer


class OldDense(Layer):
    """Base of the layers here, with the arguments that they share.

    Args:
        use_bias: Whether there are biases.
        kernel_initializer: Initializer of the kernels.
        kernel_regularizer: Regularizer of the kernels.
        bias_regularizer: Regularizer of the biases.
        kernel_constraint: Constraint of the kernels.
        bias_constraint: Constraint of the biases.
        **kwargs: Arguments of `Layer`.
    """

    def __init__(
        self,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.use_bias = use_bias
        set_arguments(
            self,
            kernel_initializer=kernel_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )

    def add_kernel(self, name: str, shape: tuple) -> Any:
        """Make a kernel."""
        return self.add_weight(
            shape,
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name=name,
        )

    def add_bias(self, name: str, shape: tuple, initializer: str = "zeros") -> Any:
        """Make a bias."""
        return self.add_weight(
            shape,
            initializer,
            regularizer=self.bias_regularizer,
            constraint=self.bias_constraint,
            name=name,
        )


class Highway(OldDense):
    """Mixes the output of a dense layer with the input, by a learned gate.

    `gate * f(x W + b) + (1 - gate) * x` with `gate = sigmoid(x V + c)` (Srivastava et
    al., 2015, https://arxiv.org/abs/1505.00387).

    Args:
        activation: The function `f`.
        **kwargs: Arguments of `OldDense`.

    Weights: `W` and `V` of shape `(features, features)`, `b` and `c`.

    Example:

    >>> import kerasish as keras
    >>> Highway()(keras.ops.ones((2, 3))).shape
    (2, 3)
    """

    def __init__(self, activation: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def build(self, input_shape: tuple) -> None:
        """Make the weights for inputs of this shape."""
        size = input_shape[-1]
        self.kernel = self.add_kernel("kernel", (size, size))
        self.carry_kernel = self.add_kernel("carry_kernel", (size, size))
        if self.use_bias:
            self.bias = self.add_bias("bias", (size,))
            self.carry_bias = self.add_bias("carry_bias", (size,), "ones")

    def call(self, x: Any) -> Any:
        """Return the mixture."""
        gate, value = ops.matmul(x, self.carry_kernel), ops.matmul(x, self.kernel)
        if self.use_bias:
            gate, value = gate + self.carry_bias, value + self.bias
        gate = ops.sigmoid(gate)
        return gate * self.activation(value) + (1.0 - gate) * x


class MaxoutDense(OldDense):
    """The largest of several dense layers, element by element.

    See Goodfellow et al., 2013, https://arxiv.org/abs/1302.4389.

    Args:
        units: Size of the output.
        nb_feature: How many dense layers there are.
        **kwargs: Arguments of `OldDense`.

    Weights: a kernel of shape `(nb_feature, features, units)` and a bias.

    Example:

    >>> import kerasish as keras
    >>> MaxoutDense(4)(keras.ops.ones((2, 3))).shape
    (2, 4)
    """

    def __init__(self, units: int, nb_feature: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.nb_feature = nb_feature

    def build(self, input_shape: tuple) -> None:
        """Make the weights for inputs of this shape."""
        shape = (self.nb_feature, input_shape[-1], self.units)
        self.kernel = self.add_kernel("kernel", shape)
        if self.use_bias:
            self.bias = self.add_bias("bias", (self.nb_feature, self.units))

    def call(self, x: Any) -> Any:
        """Return the largest values."""
        values = ops.einsum("bi,fio->bfo", x, self.kernel)
        if self.use_bias:
            values = values + self.bias
        return ops.max(values, axis=1)
