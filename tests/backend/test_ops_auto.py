"""Every op, on every sample: specs, values, gradients, buffers, odd layouts."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend.devices import get_device
from kerasish.backend.graph import Spec, Tensor, as_tensor, symbolic_scope
from kerasish.backend.plan import Function
from tests.backend.sample import (
    Sample,
    check_gradients,
    load_ops,
    load_samples,
    placeholders,
)

OPS = load_ops()
SAMPLES = load_samples()
LEAVES = {"placeholder", "constant", "variable"}
CASES = [
    pytest.param(name, sample, id=f"{name}-{position}")
    for name in sorted(SAMPLES)
    for position, sample in enumerate(SAMPLES[name])
]


def close(name: str, got: np.ndarray, expected: np.ndarray, sample: Sample) -> None:
    assert got.shape == expected.shape, f"{name}: {got.shape} != {expected.shape}"
    if expected.dtype.kind in "fc":
        finite = np.abs(expected[np.isfinite(expected)])
        scale = max(1.0, float(finite.max())) if finite.size else 1.0
        np.testing.assert_allclose(
            got, expected, rtol=0, atol=sample.tolerance * scale, err_msg=name
        )
    else:
        np.testing.assert_array_equal(got, expected, err_msg=name)


def run_compiled(name: str, sample: Sample, arrays: list, unknown: bool) -> list:
    inputs = placeholders(arrays, unknown)
    with symbolic_scope():
        outputs = sample.apply(name, inputs)
    return Function(inputs, list(outputs))(*arrays)


def test_every_op_has_a_sample():
    missing = sorted(set(OPS) - set(SAMPLES) - LEAVES)
    assert not missing, f"ops without a sample: {missing}"


@pytest.mark.parametrize("name, sample", CASES)
def test_value_and_spec(name, sample):
    tensors = [as_tensor(array) for array in sample.arrays]
    results = sample.apply(name, tensors)
    compiled = run_compiled(name, sample, sample.arrays, unknown=False)
    if sample.reference is not None:
        for got, planned, expected in zip(
            results, compiled, sample.expected(), strict=True
        ):
            close(name, got.numpy(), expected, sample)
            close(name, planned, expected, sample)
    with symbolic_scope():
        built = sample.apply(name, placeholders(sample.arrays, False))
    for tensor, value in zip(built, results, strict=True):
        assert tensor.dtype == value.dtype == value.numpy().dtype.name
        assert Spec(tensor.shape, tensor.dtype).matches(value.shape)


@pytest.mark.parametrize("name, sample", CASES)
def test_unknown_sizes(name, sample):
    if not sample.unknown:
        pytest.skip("the sample's shapes must be known")
    expected = run_compiled(name, sample, sample.arrays, unknown=False)
    got = run_compiled(name, sample, sample.arrays, unknown=True)
    for one, other in zip(got, expected, strict=True):
        if sample.reference is not None:
            close(name, one, other, sample)
        assert one.shape == other.shape and one.dtype == other.dtype


@pytest.mark.parametrize("name, sample", CASES)
def test_odd_memory_layout(name, sample):
    if sample.reference is None:
        pytest.skip("a random op has no inputs to lay out")
    spread = [
        np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a for a in sample.arrays
    ]
    reverse = [np.array(array, order="F") for array in sample.arrays]
    for arrays in (spread, reverse):
        tensors = [Tensor(None, 0, array) for array in arrays]
        before = [array.copy() for array in arrays]
        results = sample.apply(name, tensors)
        for got, expected in zip(results, sample.expected(), strict=True):
            close(name, got.numpy(), expected, sample)
        for array, copy in zip(arrays, before):
            np.testing.assert_array_equal(array, copy, err_msg=f"{name} wrote an input")


@pytest.mark.parametrize("name, sample", CASES)
def test_output_buffer(name, sample):
    op, device = OPS[name], get_device("numpy")
    if sample.function is not None or op.kernel is None or op.views or op.value_shape:
        pytest.skip("the kernel gets no buffer")
    if sample.reference is None:
        pytest.skip("a random op has no reference")
    expected = sample.expected()
    outs = tuple(np.full(e.shape, 99, e.dtype) for e in expected)
    dtypes = [
        t.dtype for t in sample.apply(name, [as_tensor(a) for a in sample.arrays])
    ]
    outs = tuple(out.astype(dtype) for out, dtype in zip(outs, dtypes))
    given = outs if len(outs) > 1 else outs[0]
    kernel = device.kernel(
        op, tuple(as_tensor(a).spec for a in sample.arrays), sample.attrs
    )
    with device.guard():
        result = kernel(np, *sample.arrays, out=given, **sample.attrs)
    results = result if isinstance(result, (tuple, list)) else (result,)
    for got, value in zip(results, expected, strict=True):
        close(name, np.asarray(got), value, sample)


@pytest.mark.parametrize("name, sample", CASES)
def test_gradients(name, sample):
    if not any(sample.gradient):
        pytest.skip("not differentiable")
    check_gradients(name, sample, second=sample.second)


@pytest.mark.parametrize("name", sorted(n for n, op in OPS.items() if op.elementwise))
def test_elementwise_on_empty_and_single(name):
    for sample in SAMPLES[name][:1]:
        if sample.function is not None:
            continue
        for shape in ((0, 3), (1,), ()):
            arrays = [np.ones(shape, a.dtype) for a in sample.arrays]
            results = sample.apply(name, [as_tensor(a) for a in arrays])
            assert results[0].shape == shape
            assert run_compiled(name, sample, arrays, False)[0].shape == shape
