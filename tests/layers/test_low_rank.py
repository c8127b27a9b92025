"""Low-rank adaptation of dense, convolution and embedding layers."""

from __future__ import annotations

import numpy as np
import pytest

import kerasish as keras
from kerasish import layers as L

RNG = np.random.default_rng(0)
WHOLE = RNG.integers(0, 7, (6, 3))
KINDS = {
    "Dense": (lambda **k: L.Dense(5, **k), (6, 4), "kernel"),
    "EinsumDense": (
        lambda **k: L.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="e", **k),
        (6, 3, 4),
        "kernel",
    ),
    "Conv1D": (lambda **k: L.Conv1D(3, 2, **k), (6, 5, 4), "kernel"),
    "Conv2D": (lambda **k: L.Conv2D(3, 2, **k), (6, 4, 4, 2), "kernel"),
    "Conv3D": (lambda **k: L.Conv3D(3, 2, **k), (6, 3, 3, 3, 2), "kernel"),
    "Embedding": (lambda **k: L.Embedding(7, 4, **k), None, "embeddings"),
}


def _data(shape):
    return WHOLE if shape is None else RNG.normal(size=shape).astype("float32")


def _small(layer, name):
    return [getattr(layer, f"lora_{name}_{letter}") for letter in "ab"]


@pytest.mark.parametrize("kind", KINDS)
def test_correction_begins_at_zero_and_is_added(kind):
    make, shape, name = KINDS[kind]
    layer, x = make(), _data(shape)
    before = np.asarray(layer(x))
    base = getattr(layer, name)
    layer.enable_lora(2, lora_alpha=6.0)
    np.testing.assert_allclose(layer(x), before, rtol=1e-6, atol=1e-6)
    first, second = _small(layer, name)
    assert first.shape == (*base.shape[:-1], 2)
    assert second.shape == (2, base.shape[-1])
    second.assign(RNG.normal(size=second.shape))
    expected = base.numpy() + 3.0 * first.numpy() @ second.numpy()
    np.testing.assert_allclose(getattr(layer, name), expected, rtol=1e-5, atol=1e-6)
    twin = make()
    twin.build((None, *x.shape[1:]))
    rest = [w.numpy() for w in layer.weights if w.name == "bias"]
    twin.set_weights([expected, *rest])
    np.testing.assert_allclose(layer(x), twin(x), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="already enabled"):
        layer.enable_lora(2)


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_correction_is_trained_and_saved_with_the_matrix(kind, tmp_path):
    make, shape, name = KINDS[kind]
    x = _data(shape)
    keras.utils.set_random_seed(2)
    model = keras.Sequential([make(lora_rank=2), L.Flatten(), L.Dense(1)])
    y = RNG.normal(size=(6, 1)).astype("float32")
    model.compile(keras.optimizers.Adam(0.05), "mse")
    model.fit(x, y, epochs=1, verbose=0)
    layer = model.layers[0]
    assert layer.lora_enabled
    base = layer.__dict__[f"_{name}"]
    assert not base.trainable
    assert [w.name for w in layer.trainable_weights if w.name != "bias"] == [
        f"lora_{name}_a",
        f"lora_{name}_b",
    ]
    before = base.numpy(), _small(layer, name)[1].numpy()
    first = model.evaluate(x, y, verbose=0)
    model.fit(x, y, epochs=10, verbose=0)
    assert model.evaluate(x, y, verbose=0) < first
    np.testing.assert_array_equal(base.numpy(), before[0])
    assert not np.array_equal(_small(layer, name)[1].numpy(), before[1])
    expected = model.predict(x, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again.predict(x, verbose=0), expected, rtol=1e-4)
    copy = again.layers[0]
    assert copy.lora_rank == copy.lora_alpha == 2
    assert all((w.numpy() == 0.0).all() for w in _small(copy, name))
    summed = np.asarray(getattr(layer, name))
    np.testing.assert_allclose(copy.__dict__[f"_{name}"].numpy(), summed, rtol=1e-6)


def test_weights_with_a_correction_load_without_it(tmp_path):
    keras.utils.set_random_seed(3)
    model = keras.Sequential([L.Input((4,)), L.Dense(5), L.Dense(2)])
    model.layers[0].enable_lora(3)
    first, second = _small(model.layers[0], "kernel")
    second.assign(RNG.normal(size=second.shape))
    model.save_weights(tmp_path / "a.weights.h5")
    plain = keras.Sequential([L.Input((4,)), L.Dense(5), L.Dense(2)])
    plain.load_weights(tmp_path / "a.weights.h5")
    x = _data((3, 4))
    np.testing.assert_allclose(plain(x), model(x), rtol=1e-5, atol=1e-6)
    assert "lora_rank" not in plain.layers[0].get_config()


def test_what_does_not_go_is_refused():
    with pytest.raises(ValueError, match="build it before"):
        L.Dense(3).enable_lora(2)
    layer = L.Dense(3, kernel_constraint="max_norm")
    layer.build((None, 4))
    with pytest.raises(ValueError, match="kernel_constraint"):
        layer.enable_lora(2)
    for refused in (
        lambda: L.Dense(3).quantize("int8"),
        lambda: L.Embedding(3, 2).quantize("int4"),
        lambda: L.Dense(3, quantization_config="int8"),
    ):
        with pytest.raises(NotImplementedError, match="cannot be quantized") as error:
            refused()
        assert "\n" not in str(error.value)
