"""Images: sampling against SciPy, random distortion, sizes that a run decides."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from kerasish import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import as_tensor, placeholder, symbolic_scope
from kerasish.backend.plan import Function
from kerasish.random import SeedGenerator

RNG = np.random.default_rng(59)
IMAGE = RNG.uniform(size=(4, 6, 3)).astype("float32")
FAR = RNG.uniform(-9, 12, size=(2, 40)).astype("float32")
# The name that SciPy has for it.
WRAPPED = {"wrap": "grid-wrap", "constant": "grid-constant"}


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("mode", ["constant", "nearest", "wrap", "mirror", "reflect"])
def test_map_coordinates_as_in_scipy(mode, order):
    x = RNG.normal(size=(4, 5)).astype("float32")
    got = ops.image.map_coordinates(x, FAR, order, mode, 0.5).numpy()
    expected = ndimage.map_coordinates(
        x, FAR, order=order, mode=WRAPPED.get(mode, mode), cval=0.5
    )
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_a_single_element_is_its_own_mirror_image():
    got = ops.image.map_coordinates([7.0], [[-3.0, 0.0, 2.5]], 1, "mirror")
    assert got.numpy().tolist() == [7, 7, 7]


class TestElasticTransform:
    def test_nothing_moves_with_alpha_0(self):
        got = ops.image.elastic_transform(IMAGE, alpha=0.0, seed=1)
        np.testing.assert_allclose(got.numpy(), IMAGE, atol=1e-6)

    @pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
    @pytest.mark.parametrize("mode", ["constant", "nearest", "wrap", "reflect"])
    def test_same_seed_same_image(self, mode, interpolation):
        first, second, other = (
            ops.image.elastic_transform(
                IMAGE, 3.0, 1.0, interpolation, mode, seed=seed
            ).numpy()
            for seed in (1, 1, 2)
        )
        np.testing.assert_array_equal(first, second)
        assert first.shape == IMAGE.shape and not np.array_equal(first, other)

    def test_channels_move_together(self):
        x = np.repeat(IMAGE[..., :1], 3, axis=-1).transpose(2, 0, 1)
        got = ops.image.elastic_transform(
            x, 3.0, 1.0, seed=1, data_format="channels_first"
        ).numpy()
        np.testing.assert_array_equal(got[0], got[2])

    def test_in_a_graph_each_run_draws_anew(self):
        x = placeholder((None, None, None, 3))
        seed = SeedGenerator(1)
        with symbolic_scope():
            y = ops.image.elastic_transform(x, 3.0, 1.0, seed=seed)
            (slope,) = gradients(ops.sum(y), [x])
        values = Function([x], [y, slope])(IMAGE[None])
        assert values[0].shape == values[1].shape == (1, 4, 6, 3)
        assert values[1].sum() == pytest.approx(IMAGE.size, rel=1e-4)


@pytest.mark.parametrize("method", ["nearest", "bilinear", "lanczos3", "area"])
def test_resize_of_unknown_size(method):
    x = placeholder((None, None, None, 3))
    with symbolic_scope():
        y = ops.image.resize(x, (3, 8), method)
    assert y.shape == (None, 3, 8, 3)
    function = Function([x], [y])
    for height, width in ((4, 6), (2, 9), (3, 8)):
        image = RNG.uniform(size=(2, height, width, 3)).astype("float32")
        expected = ops.image.resize(image, (3, 8), method).numpy()
        np.testing.assert_allclose(function(image)[0], expected, atol=1e-6)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: ops.image.extract_patches(x, (2, 3), (1, 2), padding="same"),
        lambda x: ops.image.extract_patches(x, 3, 1, 2, padding="same"),
        lambda x: ops.image.crop_images(x, None, 1, 1, target_height=2, target_width=3),
        lambda x: ops.image.gaussian_blur(x, 3, 0.5),
    ],
)
def test_images_of_unknown_size(function):
    x = placeholder((None, None, None, 3))
    y = function(x)
    image = RNG.uniform(size=(2, 5, 7, 3)).astype("float32")
    expected = function(image).numpy()
    np.testing.assert_allclose(Function([x], [y])(image)[0], expected, rtol=1e-6)
    assert all(n in (None, m) for n, m in zip(y.shape, expected.shape))


def test_a_crop_to_a_given_size_has_it_also_where_the_image_is_unknown():
    x = placeholder((None, None, None, 3))
    crop = ops.image.crop_images(x, 1, 1, target_height=2, target_width=3)
    assert crop.shape == (None, 2, 3, 3)


def test_half_precision_and_integers_keep_their_type():
    for dtype in ("float16", "uint8", "int32", "float64"):
        x = as_tensor((IMAGE * 200).astype(dtype))
        for function in (
            lambda x: ops.image.resize(x, (3, 3), "bicubic"),
            lambda x: ops.image.affine_transform(x, [1.0, 0, 0.5, 0, 1, 0, 0, 0]),
            lambda x: ops.image.rgb_to_grayscale(x),
            lambda x: ops.image.extract_patches(x, 2),
        ):
            assert function(x).dtype == dtype


def test_overshoot_does_not_wrap_around():
    x = np.zeros((8, 8, 1), "uint8")
    x[2:6, 2:6] = 255
    got = ops.image.resize(x, (24, 24), "lanczos5").numpy()
    assert got.max() == 255 and got.min() == 0 and np.median(got[8:16, 8:16]) > 250
