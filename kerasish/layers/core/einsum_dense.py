"""A dense layer whose product is given by an einsum equation."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.errors import ShapeError
from kerasish.initializers import VarianceScaling
from kerasish.layers.arguments import (
    add_parameter,
    set_arguments,
)
from kerasish.layers.low_rank import LowRankKernel


class EinsumDense(LowRankKernel):
    """A dense layer whose product is an einsum: `einsum(equation, inputs, kernel)`.

    Args:
        equation: Such as `"ab,bc->ac"`; an ellipsis stands for any number of axes and
            may come first or last.
        output_shape: Shape of the output without the batch axis; sizes that the
            inputs decide may be `None`. An integer counts as a tuple of one.
        activation: Activation function or its name; `None` for none.
        bias_axes: Letters of the output's axes that the bias has, such as `"c"`;
            `None` for no bias.
        kernel_initializer: Initializer of the kernel.
        bias_initializer: Initializer of the bias.
        kernel_regularizer: Penalty on the kernel.
        bias_regularizer: Penalty on the bias.
        activity_regularizer: Penalty on the output.
        kernel_constraint: Projection of the kernel after each update.
        bias_constraint: Projection of the bias after each update.
        lora_rank: Rank of low-rank adaptation, which is then trained in place of
            the kernel; see `enable_lora`.
        lora_alpha: The factor of its correction times the rank; the rank by default.

    Input shape: as the equation's first term says.

    Output shape: as its result says.

    Raises:
        ValueError: If the equation or the bias axes have no meaning.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.EinsumDense("abc,cde->abde", (None, 2, 4), bias_axes="de")
    >>> layer(keras.ops.ones((2, 5, 3))).shape
    (2, 5, 2, 4)
    """

    def __init__(
        self,
        equation: str,
        output_shape: Any,
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        if isinstance(output_shape, int):
            output_shape = (output_shape,)
        self.partial_output_shape = tuple(output_shape)
        set_arguments(
            self,
            equation=equation,
            activation=activation,
            bias_axes=bias_axes,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )

    def build(self, input_shape: tuple) -> None:
        """Make the kernel and the bias for inputs of this shape."""
        sizes, kernel_letters, output_letters = self._sizes(tuple(input_shape))
        shape = tuple(sizes[letter] for letter in kernel_letters)
        self.kernel = self.add_weight(
            name="kernel",
            shape=shape,
            initializer=self._initializer_for(kernel_letters, output_letters),
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = None
        if self.bias_axes:
            missing = set(self.bias_axes) - set(output_letters)
            if missing:
                raise ValueError(
                    f'layer "{self.name}": the bias axes {sorted(missing)} are not '
                    f"axes of the output.\n  Received: equation={self.equation!r}, "
                    f"bias_axes={self.bias_axes!r}"
                )
            first = min(output_letters.index(letter) for letter in self.bias_axes)
            bias_shape = [
                sizes[letter] if letter in self.bias_axes else 1
                for letter in output_letters[first:]
            ]
            if self.equation.replace(" ", "").endswith("..."):
                letters = self.equation.partition(",")[0].replace(" ", "").strip(".")
                bias_shape += [1] * (len(input_shape) - len(letters))
            self.bias = add_parameter(self, "bias", bias_shape)

    def _initializer_for(self, kernel_letters: str, output_letters: str) -> Any:
        """The kernel's initializer, told which axes are inputs and which outputs."""
        initializer = self.kernel_initializer
        if not isinstance(initializer, VarianceScaling):
            return initializer
        outputs = [i for i, x in enumerate(kernel_letters) if x in output_letters]
        inputs = [i for i, x in enumerate(kernel_letters) if x not in output_letters]
        return initializer.for_axes(inputs, outputs)

    def _sizes(self, input_shape: tuple) -> tuple[dict[str, Any], str, str]:
        """Reads the sizes of the equation's letters off the input and the output."""
        equation = self.equation.replace(" ", "")
        terms, arrow, result = equation.partition("->")
        left, comma, kernel = terms.partition(",")
        if not (arrow and comma) or "." in kernel:
            raise ValueError(
                f'layer "{self.name}": the equation must look like "ab,bc->ac".\n'
                f"  Received: equation={self.equation!r}"
            )
        sizes = self._match(left, input_shape)
        given = self.partial_output_shape
        if result.startswith("..."):
            outputs = self._match(result, given, batch=False)
        else:
            outputs = self._match(result, (None, *given))
        for letter, size in outputs.items():
            known = sizes.get(letter)
            if size is not None and known is not None and size != known:
                raise ShapeError(
                    f'layer "{self.name}": axis {letter!r} has size {known} in the '
                    f"input but {size} in `output_shape`.\n  got: input {input_shape}, "
                    f"output_shape={given}, equation={self.equation!r}"
                )
            sizes[letter] = size if known is None else known
        unknown = [letter for letter in kernel if sizes.get(letter) is None]
        if unknown:
            raise ShapeError(
                f'layer "{self.name}": the sizes of the axes {unknown} must be known '
                f"to make the kernel.\n  got: input {input_shape}, output_shape={given}"
            )
        return sizes, kernel, result.replace(".", "")

    def _match(self, term: str, shape: tuple, batch: bool = True) -> dict[str, Any]:
        """Pairs the letters of a term with sizes; an ellipsis takes what is left."""
        head, dots, tail = term.partition("...")
        if not batch:
            shape = (None,) * max(len(head) + len(tail) - len(shape), 0) + shape
        fits = len(shape) >= len(head) + len(tail) if dots else len(shape) == len(term)
        if not fits:
            raise ShapeError(
                f'layer "{self.name}": the shape does not fit the term {term!r} of '
                f"the equation {self.equation!r}.\n  got: {shape}"
            )
        sizes = dict(zip(head, shape))
        sizes.update(zip(tail, shape[len(shape) - len(tail) :]))
        return sizes

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the output for inputs that the equation's first term describes."""
        outputs = ops.einsum(self.equation, inputs, self.kernel)
        if self.bias is not None:
            outputs = ops.add(outputs, self.bias)
        return self.activation(outputs)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "output_shape": self.partial_output_shape}
