"""Wrong widths, ranks and arguments give one clear error, and the layer works after."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kerasish as keras
from kerasish import layers as L
from kerasish.backend.graph import Trace, placeholder
from kerasish.errors import ShapeError

WIDTHS: dict[str, tuple[Callable[[], Any], tuple, tuple, str]] = {
    "Dense": (lambda: L.Dense(2), (3, 4), (3, 5), r"5 features.*\(4, 2\) expects 4"),
    "Conv1D": (lambda: L.Conv1D(2, 2), (3, 4, 1), (3, 4, 3), "3 channels.*expects 1"),
    "Conv2D": (
        lambda: L.Conv2D(32, 3),
        (1, 28, 28, 1),
        (1, 28, 28, 3),
        r"3 channels, but the kernel of shape \(3, 3, 1, 32\) expects 1",
    ),
    "Conv2D first": (
        lambda: L.Conv2D(2, 3, data_format="channels_first"),
        (1, 2, 5, 5),
        (1, 3, 5, 5),
        r"(?s)3 channels.*expects 2.*data_format='channels_first'",
    ),
    "Conv3D": (lambda: L.Conv3D(2, 1), (1, 2, 2, 2, 1), (1, 2, 2, 2, 2), "2 channels"),
    "Conv2DTranspose": (
        lambda: L.Conv2DTranspose(2, 1), (1, 2, 2, 1), (1, 2, 2, 2), "2 channels"
    ),
    "DepthwiseConv2D": (
        lambda: L.DepthwiseConv2D(1), (1, 2, 2, 1), (1, 2, 2, 2), "2 channels"
    ),
    "SeparableConv2D": (
        lambda: L.SeparableConv2D(2, 1), (1, 2, 2, 1), (1, 2, 2, 2), "2 channels"
    ),
    "BatchNormalization": (lambda: L.BatchNormalization(), (3, 4), (3, 5), "4"),
    "LSTM": (lambda: L.LSTM(2), (3, 4, 5), (3, 4, 6), "6"),
    "PReLU": (lambda: L.PReLU(), (3, 4), (3, 5), "4"),
}  # fmt: skip
RANKS: dict[str, tuple[Callable[[], Any], tuple]] = {
    "Dense": (lambda: L.Dense(2), (3,)),
    "Conv1D": (lambda: L.Conv1D(2, 1), (3, 4)),
    "Conv2D": (lambda: L.Conv2D(2, 1), (3, 4, 5)),
    "MaxPooling2D": (lambda: L.MaxPooling2D(), (3, 4, 5)),
    "GlobalAveragePooling2D": (lambda: L.GlobalAveragePooling2D(), (3, 4)),
    "LSTM": (lambda: L.LSTM(2), (3, 4)),
    "RepeatVector": (lambda: L.RepeatVector(2), (3, 4, 5)),
    "Permute": (lambda: L.Permute((2, 1)), (3, 4)),
    "TimeDistributed": (lambda: L.TimeDistributed(L.Dense(2)), (3, 4)),
    "UpSampling2D": (lambda: L.UpSampling2D(), (3, 4)),
}


@pytest.mark.parametrize("name", WIDTHS)
def test_wrong_width(name: str) -> None:
    make, good, bad, pattern = WIDTHS[name]
    layer = make()
    before = layer(np.ones(good, "float32")).numpy()
    with pytest.raises(ShapeError, match=pattern) as error:
        layer(np.ones(bad, "float32"))
    assert layer.name in str(error.value)
    with Trace(), pytest.raises(ShapeError, match=pattern):
        layer(placeholder((None, *bad[1:]), "float32"))
    np.testing.assert_array_equal(layer(np.ones(good, "float32")).numpy(), before)


@pytest.mark.parametrize("name", RANKS)
def test_wrong_rank(name: str) -> None:
    make, bad = RANKS[name]
    layer = make()
    with pytest.raises(ShapeError) as error:
        layer(np.ones(bad, "float32"))
    assert layer.name in str(error.value)
    assert str(bad) in str(error.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: L.Dense(0),
        lambda: L.Dense(-3),
        lambda: L.Dense(2.5),
        lambda: L.Conv2D(2, (3, 3, 3)),
        lambda: L.Conv2D(2, 3, padding="full"),
        lambda: L.Conv2D(2, 3, padding="causal"),
        lambda: L.Conv2D(2, 3, data_format="channels"),
        lambda: L.Conv2D(3, 3, groups=2),
        lambda: L.Conv2D(3, 3, strides=2, dilation_rate=2),
        lambda: L.Dropout(1.5),
        lambda: L.Dropout("half"),
        lambda: L.GaussianNoise(-1.0),
        lambda: L.Embedding(0, 3),
        lambda: L.MaxPooling2D(0),
        lambda: L.ZeroPadding2D((1, 2, 3)),
        lambda: L.Cropping2D(-1),
        lambda: L.UpSampling2D(interpolation="cubic spline"),
        lambda: L.Reshape((-1, -1)),
        lambda: L.Permute((0, 1)),
        lambda: L.Bidirectional(L.LSTM(2), merge_mode="max"),
        lambda: L.Bidirectional(L.Dense(2)),
        lambda: L.RNN(L.Dense(2)),
        lambda: L.Attention(score_mode="sum"),
        lambda: L.Dense(3, activation="rely"),
        lambda: L.Dense(3, kernel_initializer="glorot"),
        lambda: L.Dense(3, unknown=1),
        lambda: L.BatchNormalization(renorm=True, renorm_clipping={"max": 3.0}),
        lambda: L.Dot(axes="1"),
    ],
)
def test_wrong_argument(make: Callable[[], Any]) -> None:
    with pytest.raises((ValueError, TypeError)) as error:
        make()
    assert "eceived" in str(error.value) or "can only be" in str(error.value)


def test_misspelt_names_are_corrected() -> None:
    with pytest.raises(ValueError, match="Did you mean 'relu'"):
        L.Dense(3, activation="rely")
    with pytest.raises(ValueError, match="Did you mean 'same'"):
        L.Conv2D(3, 3, padding="sam")


@pytest.mark.parametrize(
    ("make", "shapes"),
    [
        (lambda: L.Add(), [(3, 4), (3, 5)]),
        (lambda: L.Concatenate(), [(3, 4), (2, 4)]),
        (lambda: L.Concatenate(axis=1), [(3, 4, 5), (3, 4, 6)]),
        (lambda: L.Dot(axes=1), [(3, 4), (3, 5)]),
    ],
)
def test_shapes_that_do_not_merge(make: Callable[[], Any], shapes: list) -> None:
    layer = make()
    with pytest.raises(ShapeError, match="layer"):
        layer([np.ones(shape, "float32") for shape in shapes])


def test_merging_needs_a_list() -> None:
    with pytest.raises(ValueError, match="list"):
        L.Add()(np.ones((2, 3), "float32"))
    with pytest.raises(ValueError, match="2 inputs"):
        L.Subtract()([np.ones((2, 3), "float32")] * 3)


def test_sizes_that_must_be_known() -> None:
    with pytest.raises(ShapeError, match="features.*must be known"):
        L.Dense(2).build((None, None))
    with pytest.raises(ShapeError, match="channels.*must be known"):
        L.Conv2D(2, 3).build((None, 4, 4, None))


def test_reshape_says_the_sizes() -> None:
    with pytest.raises(ShapeError, match="12 entries"):
        L.Reshape((5, -1))(np.ones((2, 12), "float32"))


def test_cropping_leaves_something() -> None:
    with pytest.raises(ShapeError, match="leaves nothing"):
        L.Cropping1D(2)(np.ones((2, 4, 1), "float32"))


def test_code_is_not_loaded_unasked() -> None:
    config = json.loads(json.dumps(L.Lambda(lambda x: x + 1.0).get_config()))
    with pytest.raises(ValueError, match="safe_mode"):
        L.Lambda.from_config(config)
    layer = L.Lambda.from_config(config, safe_mode=False)
    assert float(layer(np.float32(2.0))) == 3.0


def test_errors_that_code_for_keras_catches() -> None:
    model = keras.Sequential([keras.Input((3,)), L.Dense(2, name="first")])
    with pytest.raises(ValueError, match=r"^No such layer: second\. Existing layers"):
        model.get_layer("second")
    described = L.serialize(L.Dense(2)) | {
        "class_name": "Mine",
        "module": "my_module",
        "registered_name": "Custom>Mine",
    }
    for kind in (TypeError, ValueError):
        with pytest.raises(kind, match="Unknown layer: 'Mine'"):
            L.deserialize(described)
        with pytest.raises(kind):
            keras.saving.deserialize_keras_object(described)
    with pytest.raises(ValueError, match="compile"):
        model.fit(np.ones((1, 3)), np.ones((1, 2)))
