"""`layer_test`: the check of a layer that Keras 2 gave its users."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasish.layers.core.input_layer import Input
from kerasish.models.model import Model
from kerasish.models.sequential import Sequential

_CLOSE = {"rtol": 1e-4, "atol": 1e-6}


def _differences(shape: Any, found: Any) -> bool:
    return len(shape) != len(found) or any(
        wanted not in (None, size) for wanted, size in zip(shape, found)
    )


def layer_test(
    layer_cls: type,
    kwargs: Mapping[str, Any] | None = None,
    input_shape: Any = None,
    input_dtype: str | None = None,
    input_data: Any = None,
    expected_output: Any = None,
    expected_output_dtype: str | None = None,
    fixed_batch_size: bool = False,
) -> np.ndarray:
    """Check a layer: shapes, configuration, weights, one step of training.

    Args:
        layer_cls: The class.
        kwargs: Arguments of its constructor.
        input_shape: Shape of the input with the batch; sizes of `None` are drawn.
        input_dtype: Dtype of the input, `floatx()` by default.
        input_data: The input; random by default.
        expected_output: What the layer must return.
        expected_output_dtype: The dtype of the output; that of the input by default.
        fixed_batch_size: Whether the model is built for this batch size alone.

    Returns:
        The output.

    Raises:
        AssertionError: If the layer does not keep what it says.

    Example:

    >>> import kerasish as keras
    >>> layer_test(keras.layers.Dense, {"units": 3}, input_shape=(2, 4)).shape
    (2, 3)
    """
    if input_data is None:
        random = np.random.default_rng(0)
        sizes = [int(random.integers(1, 4)) if n is None else n for n in input_shape]
        dtype = input_dtype or "float32"
        values = random.random(sizes) - (0.5 if dtype.startswith("float") else 0.0)
        input_data = (10 * values).astype(dtype)
    input_data = np.asarray(input_data)
    shape = tuple(input_shape or input_data.shape)
    dtype = input_dtype or input_data.dtype.name
    layer = layer_cls(**(kwargs or {}))
    layer.set_weights(layer.get_weights())
    batch = input_data.shape[0] if fixed_batch_size else None
    x = Input(shape[1:], batch_size=batch, dtype=dtype)
    y = layer(x)
    wanted = expected_output_dtype or dtype
    assert y.dtype == wanted, f"The dtype is {y.dtype}; expected {wanted}."
    model = Model(x, y)
    found = model.predict(input_data, verbose=0)
    promised = layer.compute_output_shape((batch, *shape[1:]))
    assert not _differences(promised, found.shape), (
        f"The output has the shape {found.shape}, but compute_output_shape said "
        f"{promised}."
    )
    if expected_output is not None:
        np.testing.assert_allclose(found, expected_output, rtol=1e-3)
    _check_copies(model, layer, input_data, found)
    return found


def _check_copies(model: Any, layer: Any, data: np.ndarray, expected: Any) -> None:
    """Checks that configurations and weights come back, and that a step runs."""
    twin = Model.from_config(model.get_config(), {type(layer).__name__: type(layer)})
    twin.set_weights(model.get_weights())
    np.testing.assert_allclose(twin.predict(data, verbose=0), expected, **_CLOSE)
    stack = Sequential([type(layer).from_config(layer.get_config())])
    stack.build((None, *data.shape[1:]))
    stack.set_weights(model.get_weights())
    stack.compile("rmsprop", "mse")
    stack.train_on_batch(data, expected)
