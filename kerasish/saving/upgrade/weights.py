"""Stored weights of any version in the form in which today's layers have them.

Weights are matched by their place inside a layer. The layers here are the innermost
ones that own weights, so that the same rules hold inside models and wrappers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasish.saving.upgrade.local_kernels import local_kernel
from kerasish.saving.version_defaults import engine_has

_FLIPPED = (
    "Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "ConvLSTM2D", "ConvLSTM2DCell",
)  # fmt: skip
# How many arrays Keras 1 had for each recurrent layer, gate after gate, and where each
# of today's gates is among them.
_GATES_BY_NAME = {"_W_i": (0, 2, 1, 3), "_W_z": (0, 1, 2)}


def converted_weights(
    layer: Any,
    weights: Sequence[Any],
    names: Sequence[str],
    arrays: Sequence[np.ndarray],
    origin: Any,
) -> list[np.ndarray]:
    """Return stored arrays as a layer needs them.

    Args:
        layer: The layer or nested model.
        weights: Its weights in the order of the file.
        names: The names of the stored arrays.
        arrays: The arrays.
        origin: Which Keras wrote the file.

    Returns:
        A list of arrays. Where the layer does not fit, the rest is as it is stored.
    """
    remaining = list(zip(names, arrays))
    result: list[np.ndarray] = []
    for owner, group in _by_owner(layer, weights):
        count = _stored_count(group, remaining)
        found = remaining[:count]
        del remaining[:count]
        result += _converted(owner, group, found, origin)
    return result + [array for _, array in remaining]


def stored_count(layer: Any, weights: Sequence[Any], names: Sequence[str]) -> int:
    """Return how many stored arrays hold the first weights of a layer.

    Args:
        layer: The layer or nested model.
        weights: The weights in question, in the order of the file.
        names: The names of all arrays that are stored for the layer.
    """
    remaining = [(name, None) for name in names]
    for _, group in _by_owner(layer, weights):
        del remaining[: _stored_count(group, remaining)]
    return len(names) - len(remaining)


def _by_owner(layer: Any, weights: Sequence[Any]) -> list[tuple[Any, list]]:
    """Group weights that stand together and belong to one innermost layer."""
    owners: dict[int, Any] = {}
    for inner in layer._flatten_layers():
        for weight in inner.weights:
            owners[id(weight)] = inner
    groups: list[tuple[Any, list]] = []
    for weight in weights:
        owner = owners.get(id(weight), layer)
        if groups and groups[-1][0] is owner:
            groups[-1][1].append(weight)
        else:
            groups.append((owner, [weight]))
    return groups


def _gate_order(stored: Sequence[tuple[str, Any]]) -> tuple[int, ...] | None:
    if not stored:
        return None
    return _GATES_BY_NAME.get(re.sub(r"(_\d+)?(:0)?$", "", stored[0][0])[-4:])


def _stored_count(group: list, stored: Sequence[tuple[str, Any]]) -> int:
    order = _gate_order(stored) if len(group) in (2, 3) else None
    return len(group) if order is None else 3 * len(order)


def _converted(
    owner: Any, weights: list, stored: list[tuple[str, np.ndarray]], origin: Any
) -> list[np.ndarray]:
    arrays = [array for _, array in stored]
    order = _gate_order(stored)
    if order is not None and len(arrays) == 3 * len(order):
        arrays = _joined_gates(arrays, order)
    if len(arrays) != len(weights):
        return arrays
    class_name = type(owner).__name__
    if origin.major < 2 and class_name in _KERAS1:
        arrays = _KERAS1[class_name](owner, arrays)
    if class_name in _FLIPPED and engine_has(origin.backend, "true convolution"):
        kernels = 2 if class_name.startswith("ConvLSTM") else 1
        arrays = [
            flipped(array) if number < kernels else array
            for number, array in enumerate(arrays)
        ]
    if class_name.startswith("LocallyConnected"):
        arrays = [local_kernel(owner, arrays[0]), *arrays[1:]]
    if class_name in ("LSTMCell", "GRUCell") and len(arrays) == 3:
        gates = 4 if class_name == "LSTMCell" else 3
        if is_cudnn(arrays, gates, weights[2]):
            arrays = from_cudnn(arrays, gates)
    return arrays


def _joined_gates(arrays: list, order: tuple[int, ...]) -> list[np.ndarray]:
    """Join the arrays that Keras 1 had for each gate."""
    return [
        np.concatenate([arrays[3 * gate + kind] for gate in order], axis=-1)
        for kind in range(3)
    ]


def flipped(kernel: np.ndarray) -> np.ndarray:
    """Turn the kernel of a true convolution into one of a correlation, or back.

    Args:
        kernel: Spatial axes first, then two of channels.

    Example:

    >>> flipped(np.arange(3.0).reshape(3, 1, 1)).ravel()
    array([2., 1., 0.])
    """
    return np.flip(kernel, axis=tuple(range(kernel.ndim - 2)))


def is_cudnn(arrays: list, gates: int, bias: Any) -> bool:
    """Tell whether recurrent weights are in the layout of cuDNN.

    Args:
        arrays: Kernel, recurrent kernel and bias as stored.
        gates: How many gates the layer has.
        bias: The layer's own bias.
    """
    units = arrays[1].shape[0] if arrays[1].ndim == 2 else 0
    doubled = arrays[2].shape == (2 * gates * units,)
    return doubled and units > 0 and tuple(bias.shape) != arrays[2].shape


def from_cudnn(arrays: list[np.ndarray], gates: int) -> list[np.ndarray]:
    """Return weights of CuDNNLSTM or CuDNNGRU as LSTM and GRU have them.

    Args:
        arrays: Kernel `(features, gates * units)`, recurrent kernel `(units, gates *
            units)`, and the biases of inputs and states, one after the other.
        gates: 4 for LSTM, whose two biases are added; 3 for GRU, which keeps both.

    Example:

    >>> bias = from_cudnn([np.ones((2, 4)), np.ones((1, 4)), np.ones(8)], 4)[2]
    >>> bias
    array([2., 2., 2., 2.])
    """
    kernel, recurrent, bias = arrays
    kernels = [
        part.T.reshape(part.shape, order="F")
        for part in np.split(kernel, gates, axis=1)
    ]
    recurrents = [part.T for part in np.split(recurrent, gates, axis=1)]
    pair = bias.reshape(2, -1)
    return [
        np.concatenate(kernels, axis=1),
        np.concatenate(recurrents, axis=1),
        pair.sum(axis=0) if gates == 4 else pair,
    ]


def _conv1d(layer: Any, arrays: list) -> list[np.ndarray]:
    kernel = arrays[0]
    if kernel.ndim == 4:
        if kernel.shape[:2] != (layer.kernel_size[0], 1):
            kernel = np.transpose(kernel, (2, 3, 1, 0))
        kernel = kernel[:, 0]
    return [kernel, *arrays[1:]]


def _conv(layer: Any, arrays: list) -> list[np.ndarray]:
    kernel = arrays[0]
    if layer.data_format == "channels_first":
        spatial = tuple(range(2, kernel.ndim))
        kernel = np.transpose(kernel, (*spatial, 1, 0))
    return [kernel, *arrays[1:]]


def _conv_transpose(layer: Any, arrays: list) -> list[np.ndarray]:
    first = layer.data_format == "channels_first"
    order = (2, 3, 0, 1) if first else (0, 1, 3, 2)
    return [np.transpose(arrays[0], order), *arrays[1:]]


def _separable_conv(layer: Any, arrays: list) -> list[np.ndarray]:
    if layer.data_format == "channels_first":
        kernels = [np.transpose(array, (2, 3, 1, 0)) for array in arrays[:2]]
        return [*kernels, *arrays[2:]]
    return arrays


_KERAS1: dict[str, Callable[[Any, list], list[np.ndarray]]] = {
    "Conv1D": _conv1d,
    "Conv2D": _conv,
    "Conv3D": _conv,
    "Conv2DTranspose": _conv_transpose,
    "SeparableConv2D": _separable_conv,
}
