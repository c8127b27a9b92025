"""Equal updates of Variables are one launch, wherever that changes no value."""

from __future__ import annotations

import numpy as np
import pytest

import kerasish as keras
from kerasish.backend.devices import device
from kerasish.backend.devices.cupy import many_updates
from kerasish.backend.devices.cupy.fused import fused
from kerasish.backend.graph.fused import Output, Program, Step

RATE = ("input", 2)
SUM = Program(
    ("float32", "float32", "float32"),
    [
        Step("multiply", (("input", 1), RATE), "float32"),
        Step("add", (("input", 0), ("step", 0)), "float32"),
    ],
    [Output(1)],
)


def bound(xp, weights, gradients, rate):
    calls = []
    for weight, gradient in zip(weights, gradients):
        attrs = {"program": SUM, "shape": weight.shape}
        calls.append(fused.bind(xp, (weight, gradient, rate), (weight,), attrs))
    return calls


def arrays(xp, shapes, seed):
    rng = np.random.default_rng(seed)
    return [xp.asarray(rng.normal(size=s).astype("float32")) for s in shapes]


@pytest.mark.parametrize("offset", [0, 1])
def test_arrays_of_any_size(cupy_device, offset):
    xp = cupy_device.xp
    shapes = [(5,), (4096,), (7, 900), (4, 4), (3, 1), (20001,)]
    whole = arrays(xp, [(int(np.prod(s)) + 1,) for s in shapes], 0)
    weights = [
        x[offset : x.size - 1 + offset].reshape(s) for x, s in zip(whole, shapes)
    ]
    gradients, (rate,) = arrays(xp, shapes, 1), arrays(xp, [()], 2)
    expected = [
        w.get() + g.get() * rate.get() for w, g in zip(weights, gradients, strict=True)
    ]
    calls = many_updates.join(xp, bound(xp, weights, gradients, rate))
    assert [call is many_updates._nothing for call in calls] == [False] + [True] * 5
    for call in calls:
        call()
    for weight, wish in zip(weights, expected, strict=True):
        np.testing.assert_allclose(weight.get(), wish, 1e-6)
    assert all(x.get()[-1 if not offset else 0] for x in whole)


def test_order_is_kept_where_one_reads_what_another_writes(cupy_device):
    xp = cupy_device.xp
    first, second, third = arrays(xp, [(50,)] * 3, 0)
    (rate,) = arrays(xp, [()], 1)
    a, b, c = (x.get() for x in (first, second, third))
    # The second call reads what the first one writes; the third may join the second.
    weights, gradients = [first, second, third], [second, first, first]
    calls = many_updates.join(xp, bound(xp, weights, gradients, rate))
    assert many_updates._nothing not in (calls[0], calls[1])
    assert calls[2] is many_updates._nothing
    for call in calls:
        call()
    a = a + b * rate.get()
    np.testing.assert_allclose(first.get(), a, 1e-6)
    np.testing.assert_allclose(second.get(), b + a * rate.get(), 1e-5)
    np.testing.assert_allclose(third.get(), c + a * rate.get(), 1e-5)


def test_what_is_not_fused_is_not_passed(cupy_device):
    xp = cupy_device.xp
    weights, gradients = arrays(xp, [(50,)] * 2, 0), arrays(xp, [(50,)] * 2, 1)
    (rate,) = arrays(xp, [()], 2)
    first, second = bound(xp, weights, gradients, rate)
    calls = [first, lambda: None, second]
    assert many_updates.join(xp, calls) == calls


def trained(optimizer, policy):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 6)).astype("float32"), rng.integers(0, 3, 20)
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((6,))]
        + [keras.layers.Dense(n, "tanh", dtype=policy) for n in (9, 8, 5)]
        + [keras.layers.Dense(3, "softmax", dtype="float32")]
    )
    model.compile(optimizer(), "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=5, epochs=2, verbose=0, shuffle=False)
    return model.get_weights()


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
@pytest.mark.parametrize(
    "optimizer",
    [
        keras.optimizers.Adam,
        lambda: keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        lambda: keras.optimizers.RMSprop(clipnorm=1.0),
        lambda: keras.optimizers.AdamW(weight_decay=0.1),
    ],
    ids=["adam", "momentum", "clipped", "decayed"],
)
def test_models_train_as_on_the_host(cupy_device, monkeypatch, optimizer, policy):
    joined = []
    join = many_updates.join

    def counted(xp, calls):
        found = join(xp, calls)
        joined.append(found.count(many_updates._nothing))
        return found

    monkeypatch.setattr(many_updates, "join", counted)
    found = trained(optimizer, policy)
    # Kernels and biases of four layers; the last one's may have a type of its own.
    assert max(joined) >= 5
    with device("numpy"):
        expected = trained(optimizer, policy)
    tolerance = 2e-5 if policy == "float32" else 5e-3
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


def test_the_second_gpu(cupy_device):
    if cupy_device.xp.cuda.runtime.getDeviceCount() < 2:
        pytest.skip("needs two GPUs")
    with device("numpy"):
        expected = trained(keras.optimizers.Adam, "float32")
    with device("cupy:1"):
        found = trained(keras.optimizers.Adam, "float32")
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-5)
