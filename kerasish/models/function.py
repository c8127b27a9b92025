"""A function from symbolic tensors to others that depend on them."""

from __future__ import annotations

from typing import Any

from kerasish import tree
from kerasish.models.functional import Functional
from kerasish.naming import auto_name


class Function:
    """Computes some symbolic tensors from others.

    It is a functional model without training: what lies between the tensors is computed
    anew for other arrays or tensors.

    Args:
        inputs: A symbolic tensor, or a structure of them.
        outputs: A symbolic tensor that depends on them, or a structure of such.
        name: A name for messages.

    Raises:
        GraphError: If the outputs depend on other inputs, too.

    Example:

    >>> import kerasish as keras
    >>> a, b = keras.Input((2,)), keras.Input((2,))
    >>> add = keras.Function([a, b], {"sum": a + b})
    >>> add([keras.ops.ones((1, 2)), keras.ops.ones((1, 2))])["sum"].numpy()
    array([[2., 2.]], dtype=float32)
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None) -> None:
        self.name = auto_name("function") if name is None else name
        self._inputs, self._outputs = tree.flatten(inputs), tree.flatten(outputs)
        self._model = Functional(inputs, outputs, name=self.name)

    @property
    def inputs(self) -> list:
        """The symbolic tensors that are given, in one list."""
        return list(self._inputs)

    @property
    def outputs(self) -> list:
        """The symbolic tensors that are computed, in one list."""
        return list(self._outputs)

    def __call__(self, inputs: Any) -> Any:
        """Compute the outputs.

        Args:
            inputs: Arrays or tensors in the structure of the inputs.

        Returns:
            Tensors in the structure of the outputs.
        """
        return self._model(inputs)

    def call(self, inputs: Any) -> Any:
        """Compute the outputs; see `__call__`."""
        return self(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shapes of the outputs for inputs of these shapes."""
        return self._model.compute_output_shape(input_shape)

    def compute_output_spec(self, inputs: Any) -> Any:
        """Return symbolic outputs for symbolic inputs."""
        return self._model.compute_output_spec(inputs)
