"""Every layer on the device `cupy`: the numbers of the device `numpy`."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish import tree
from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.devices import get_device
from kerasish.backend.graph import Trace, placeholder
from kerasish.backend.plan import Function
from kerasish.backend.seed_generator import global_seed_generator
from tests.layers.layer_table import CASES, Case


def _step(layer: object, case: Case) -> list[np.ndarray]:
    """Returns outputs and gradients of a step without noise, and eager outputs."""
    with Trace():
        inputs = [
            placeholder((None, *array.shape[1:]), array.dtype.name)
            for array in case.arrays()
        ]
        outputs = tree.flatten(layer(*case.arguments(inputs)))
        loss = sum(ops.mean(ops.square(output - 0.3)) for output in outputs)
        floats = [x for x in inputs if x.dtype == "float32"]
        wrt = [*floats, *layer.trainable_weights]
        found = gradients(loss, wrt, unconnected="zero")
    values = Function(inputs, [*outputs, *found])(*case.arrays())
    eager = tree.flatten(layer(*case.arguments(case.arrays())))
    return [*values, *(value.numpy() for value in eager)]


@pytest.fixture
def on_host(request) -> tuple[list, list]:
    """The weights and results of a layer on the device `numpy`."""
    case = CASES[request.node.callspec.params["name"]]
    layer = case.make()
    layer(*case.arguments(case.arrays()))
    return layer.get_weights(), _step(layer, case)


@pytest.fixture
def on_gpu(cupy_device):
    """The device, which hands the state of the global generator back at the end."""
    yield cupy_device
    global_seed_generator().state.on(get_device("numpy"))


@pytest.mark.parametrize("name", CASES)
def test_layer_on_the_device(name, on_host, on_gpu) -> None:
    case = CASES[name]
    weights, expected = on_host
    layer = case.make()
    layer(*case.arguments(case.arrays()))
    layer.set_weights(weights)
    for got, wanted in zip(_step(layer, case), expected, strict=True):
        assert isinstance(got, np.ndarray)
        # Compiled loops on the host have functions of their own, good to a few units.
        size = np.abs(wanted).max(initial=0.0)
        np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6 + 1e-5 * size)
