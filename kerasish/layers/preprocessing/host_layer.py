"""What the layers that take strings share: they run on values, on the host."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish import tree
from kerasish.backend.graph import Tensor, as_numpy, is_tensor
from kerasish.errors import GraphError
from kerasish.layers.layer import Layer


class HostLayer(Layer):
    """Base of the layers that take strings, as arrays or lists of `str` or bytes.

    Strings are no tensors, so these layers run before a model, not inside of it.

    Args:
        **kwargs: Arguments of `Layer`.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Apply the layer to arrays, lists or tensors of values."""
        if any(is_tensor(leaf) for leaf in tree.flatten((args, kwargs))):
            return super().__call__(*args, **kwargs)
        self.built = True
        return self.call(*args, **kwargs)

    def values_of(self, inputs: Any) -> np.ndarray:
        """Return inputs as an array of `str` objects or of integers.

        Args:
            inputs: An array, a list or a tensor with values.

        Raises:
            GraphError: If it is a symbolic tensor.
        """
        if isinstance(inputs, Tensor):
            if inputs.is_symbolic:
                raise GraphError(
                    f'layer "{self.name}": it needs values; apply it to the data '
                    f"before they enter the model.\n  got: {inputs!r}"
                )
            return as_numpy(inputs)
        array = np.asarray(inputs)
        if array.dtype.kind in "iub":
            return array
        if array.dtype.kind not in "OSU":
            raise TypeError(
                f'layer "{self.name}": strings or integers are expected.\n'
                f"  got: an array of shape {array.shape} and dtype {array.dtype}"
            )
        return each(as_text, array)


def as_text(value: Any) -> str:
    """Return a string of bytes or anything.

    Example:

    >>> as_text(b"a"), as_text(3)
    ('a', '3')
    """
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def each(function: Any, array: np.ndarray) -> np.ndarray:
    """Return an array of objects: the values of a function of each entry.

    Example:

    >>> each(str.upper, np.array(["a", "b"])).tolist()
    ['A', 'B']
    """
    results = np.empty(array.size, object)
    results[:] = [function(value) for value in array.reshape(-1)]
    return results.reshape(array.shape)
