"""First and second order gradients of functions that are made of several ops."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish import ops
from tests.backend.sample import Sample, check_gradients

_RNG = np.random.default_rng(53)


def normal(*shape):
    return _RNG.normal(size=shape).astype("float32")


def uniform(*shape):
    return _RNG.uniform(0.1, 0.9, size=shape).astype("float32")


def definite(x):
    return ops.matmul(x, ops.swapaxes(x, -1, -2)) + ops.eye(3, dtype=x.dtype)


IMAGE = uniform(1, 4, 5, 3)
LABELS = np.int32([[1, 2], [2, 2]])
TRANSFORM = np.float32([0.9, 0.2, 0.43, -0.1, 1.1, 0.31, 0.01, 0.02])
POINTS = np.float32([[0, 0], [0, 5], [5, 0], [5, 5]])
MOVED = np.float32([[0.5, 0], [0, 4.5], [4, 1], [5, 5]])
PLACES = np.float32([[0.25, 1.5, 2.25], [0.5, 1.25, 3.75]])

# The function, its inputs, and whether their sizes may be unknown.
CASES = {
    "norm": (lambda x: ops.norm(x), [normal(2, 3)], True),
    "norm of order 3": (lambda x: ops.norm(x, 3, axis=0), [normal(4, 2)], True),
    "largest column": (lambda x: ops.norm(x, 1), [normal(3, 2)], True),
    "nuclear norm": (lambda x: ops.norm(x, "nuc"), [normal(3, 2)], True),
    "spectral norm": (lambda x: ops.norm(x, 2, (0, 2)), [normal(3, 2, 2)], True),
    "cdist": (ops.cdist, [normal(3, 2), normal(4, 2)], True),
    "logdet": (lambda x: ops.logdet(definite(x)), [normal(2, 3, 3)], True),
    "cholesky_inverse": (ops.cholesky_inverse, [definite(normal(3, 3))], True),
    "lstsq": (ops.lstsq, [normal(4, 2), normal(4)], False),
    "stft": (lambda x: ops.stft(x, 4, 2, 6), [normal(2, 9)], True),
    "istft": (
        lambda x, y: ops.istft((x, y), 4, 2, 4),
        [normal(3, 3), normal(3, 3)],
        True,
    ),
    "corrcoef": (ops.corrcoef, [normal(3, 5)], True),
    "correlate": (lambda x, y: ops.correlate(x, y, "same"), [normal(5), normal(3)], 0),
    "resize": (
        lambda x: ops.image.resize(x, (3, 7), "bicubic", antialias=True),
        [IMAGE],
        True,
    ),
    "resize and pad": (
        lambda x: ops.image.resize(x, (3, 3), pad_to_aspect_ratio=True),
        [IMAGE],
        True,
    ),
    "resize and crop": (
        lambda x: ops.image.resize(x, (3, 2), crop_to_aspect_ratio=True),
        [IMAGE],
        True,
    ),
    "scale_and_translate": (
        lambda x, s, t: ops.image.scale_and_translate(x, (5, 4), s, t, (0, 1), "cubic"),
        [normal(4, 3), np.float32([1.3, 1.2]), np.float32([0.21, -0.13])],
        True,
    ),
    "affine_transform": (ops.image.affine_transform, [IMAGE, TRANSFORM], True),
    "perspective_transform": (
        ops.image.perspective_transform,
        [IMAGE, POINTS, MOVED + 0.1],
        False,
    ),
    "map_coordinates": (
        lambda x, c: ops.image.map_coordinates(x, c, 1, "reflect"),
        [normal(3, 4), PLACES + 0.1],
        False,
    ),
    "gaussian_blur": (lambda x: ops.image.gaussian_blur(x, (3, 5)), [IMAGE], True),
    "sobel_edges": (ops.image.sobel_edges, [IMAGE], True),
    "ssim": (
        lambda x, y: ops.image.ssim(x, y, filter_size=3),
        [IMAGE, uniform(1, 4, 5, 3)],
        True,
    ),
    "rgb_to_hsv": (ops.image.rgb_to_hsv, [IMAGE], False),
    "hsv_to_rgb": (ops.image.hsv_to_rgb, [IMAGE], True),
    "extract_patches": (
        lambda x: ops.image.extract_patches(x, 2, strides=1),
        [IMAGE],
        True,
    ),
    "crop_images": (
        lambda x: ops.image.crop_images(x, 1, 1, target_height=2, target_width=3),
        [IMAGE],
        True,
    ),
    "pad_images": (
        lambda x: ops.image.pad_images(x, 1, 1, target_height=6, target_width=7),
        [IMAGE],
        True,
    ),
    "unfold": (lambda x: ops.unfold(x, 2, padding=1), [normal(1, 2, 3, 4)], True),
    "fold": (lambda x: ops.fold(x, (3, 4), 2), [normal(1, 8, 6)], True),
    "ctc_loss": (
        lambda x: ops.ctc_loss(LABELS, x, [2, 1], [5, 4]),
        [normal(2, 5, 4)],
        False,
    ),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_gradients(name):
    function, arrays, unknown = CASES[name]
    sample = Sample(*arrays, reference=None, function=function, unknown=bool(unknown))
    check_gradients(name, sample, second=True)
