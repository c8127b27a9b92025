"""The samples of every op on the device `cupy`."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend.autodiff import gradients
from kerasish.backend.devices import device, device_class
from kerasish.backend.devices.base import _KERNELS
from kerasish.backend.graph import as_tensor, symbolic_scope, topological
from kerasish.backend.plan import Function
from tests.backend.sample import load_ops, load_samples, placeholders
from tests.devices.fake_cupy import counts

SAMPLES = load_samples()
load_ops()
device_class("cupy")  # fills the table of kernels
# What the oldest CuPy that is supported has no function for.
LACKING = {"eig"}
CASES = [
    pytest.param(name, sample, id=f"{name}-{position}")
    for name in sorted(set(SAMPLES) - LACKING)
    for position, sample in enumerate(SAMPLES[name])
]


def _compiled(name, sample):
    """A function of the results, their gradients, and the gradients of these."""
    inputs = placeholders(sample.arrays, False)
    with symbolic_scope():
        outputs = list(sample.apply(name, inputs))
        wanted = [x for x, flag in zip(inputs, sample.gradient) if flag]
        floats = [y for y in outputs if y.dtype.startswith("float")]
        if wanted and floats:
            first = gradients(floats, wanted, unconnected="zero")
            outputs += first
            if sample.second:
                outputs += gradients(first, wanted, unconnected="zero")
    return Function(inputs, outputs)


def _runs(function, arrays):
    """The results of three runs: of single calls, of fresh graphs, of a replay."""
    return [result for _ in range(3) for result in function(*arrays)]


@pytest.mark.parametrize("name, sample", CASES)
def test_same_values_as_on_the_host(cupy_device, name, sample):
    with device("numpy"):
        expected = _runs(_compiled(name, sample), sample.arrays)
    got = _runs(_compiled(name, sample), sample.arrays)
    for one, other in zip(got, expected, strict=True):
        assert type(one) is np.ndarray and one.dtype == other.dtype
        if sample.reference is not None or name.startswith("random"):
            scale = max(1.0, np.abs(other[np.isfinite(other)]).max(initial=0.0))
            np.testing.assert_allclose(
                one, other, rtol=0, atol=max(sample.tolerance, 1e-5) * scale
            )
    for tensor in sample.apply(name, [as_tensor(array) for array in sample.arrays]):
        assert cupy_device.owns(tensor.value)


@pytest.mark.parametrize("name", sorted(LACKING))
def test_what_is_lacking_is_said(strict_cupy, name):
    arrays = SAMPLES[name][0].arrays
    with pytest.raises(NotImplementedError, match=f"{name}.*device"):
        SAMPLES[name][0].apply(name, [as_tensor(array) for array in arrays])


def test_nothing_is_downloaded_but_results(strict_cupy):
    from kerasish.backend import ops

    x, w = placeholders(
        [np.zeros((4, 3), "float32"), np.zeros((3, 2), "float32")], True
    )
    function = Function([x, w], [ops.sum(ops.relu(ops.matmul(x, w)))])
    arrays = np.ones((4, 3), "float32"), np.ones((3, 2), "float32")
    function(*arrays)
    counts.clear()
    function(*arrays)
    assert (counts["uploads"], counts["downloads"]) == (2, 1)


@pytest.mark.parametrize(
    "name", sorted(n for kind, n in _KERNELS if kind == "cupy" and n != "fused")
)
def test_every_kernel_of_the_device_takes_a_sample(strict_cupy, name):
    accepts = _KERNELS["cupy", name][1]
    for sample in SAMPLES[name]:
        with symbolic_scope():
            outputs = list(sample.apply(name, placeholders(sample.arrays, False)))
        for node in topological(outputs):
            specs = tuple(tensor.spec for tensor in node.inputs)
            if node.op.name == name and (not accepts or accepts(specs, node.attrs)):
                return
    pytest.fail(f"no sample of {name} is computed by the device's own kernel")
