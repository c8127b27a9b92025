"""Layers that change images at random: what holds for all, and what is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish import layers as L
from kerasish import tree
from kerasish.backend.ops import image_sampling

FULL = (0, 255)
RNG = np.random.default_rng(3)
IMAGES = RNG.uniform(0.0, 255.0, (6, 9, 11, 3)).astype("float32")
RANDOM = {
    "AugMix": {},
    "CutMix": {},
    "MixUp": {},
    "RandAugment": {},
    "RandomBrightness": {"factor": 0.5},
    "RandomColorDegeneration": {"factor": 0.5},
    "RandomColorJitter": {"brightness_factor": 0.3, "hue_factor": 0.3},
    "RandomContrast": {"factor": 0.5},
    "RandomElasticTransform": {},
    "RandomErasing": {},
    "RandomFlip": {},
    "RandomGaussianBlur": {},
    "RandomGrayscale": {},
    "RandomHue": {"factor": 0.5},
    "RandomInvert": {},
    "RandomPerspective": {"scale": 0.4},
    "RandomPosterization": {"factor": 4},
    "RandomRotation": {"factor": 0.2},
    "RandomSaturation": {"factor": (0.1, 0.5), "value_range": (0, 1)},
    "RandomSharpness": {"factor": 0.5},
    "RandomShear": {"x_factor": 0.2, "y_factor": 0.2},
    "RandomTranslation": {"height_factor": 0.3, "width_factor": 0.3},
    "RandomZoom": {"height_factor": 0.3},
    "Solarization": {"addition_factor": 0.3, "threshold_factor": 0.5},
}
# Their sums in another order give other roundings.
LOOSE = {"AugMix", "RandomSharpness", "RandomHue", "RandomColorJitter", "RandAugment"}


def _made(name: str, **options):
    return getattr(L, name)(**{"seed": 5, **RANDOM[name], **options})


@pytest.mark.parametrize("name", RANDOM)
def test_equal_seeds_give_equal_images(name):
    first, second = (np.asarray(_made(name)(IMAGES, training=True)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    other = np.asarray(_made(name, seed=6)(IMAGES, training=True))
    assert not np.array_equal(first, other)
    assert first.shape == IMAGES.shape


@pytest.mark.parametrize("name", RANDOM)
def test_nothing_changes_when_testing(name):
    np.testing.assert_array_equal(_made(name)(IMAGES, training=False), IMAGES)
    whole = IMAGES.astype("uint8")
    result = _made(name)(whole, training=False)
    np.testing.assert_array_equal(np.asarray(result, "float32"), whole)


@pytest.mark.parametrize("name", sorted(set(RANDOM) - {"RandomSaturation"}))
def test_values_stay_in_their_range(name):
    images = np.where(IMAGES > 128, 255.0, 0.0).astype("float32")
    result = np.asarray(_made(name)(images, training=True))
    assert result.min() >= -1e-3
    assert result.max() <= 255.001
    assert np.isfinite(result).all()


@pytest.mark.parametrize("name", RANDOM)
def test_channels_first_is_the_same_moved(name):
    if name == "RandomErasing":
        options = {"fill_value": 3.0}  # Noise is drawn in the order of the axes.
    else:
        options = {}
    last = np.asarray(_made(name, **options)(IMAGES, training=True))
    moved = np.moveaxis(IMAGES, -1, 1)
    layer = _made(name, data_format="channels_first", **options)
    first = np.moveaxis(np.asarray(layer(moved, training=True)), 1, -1)
    if name in LOOSE:
        np.testing.assert_allclose(first, last, rtol=0, atol=0.02)
    else:
        np.testing.assert_allclose(first, last, rtol=0, atol=1e-3)


@pytest.mark.parametrize("name", sorted(set(RANDOM) - {"CutMix", "MixUp"}))
def test_one_image_is_a_batch_of_one(name):
    batch = np.asarray(_made(name)(IMAGES[:1], training=True))
    one = np.asarray(_made(name)(IMAGES[0], training=True))
    np.testing.assert_allclose(one, batch[0], rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("name", RANDOM)
def test_labels_masks_and_boxes_come_along(name):
    data = {
        "images": IMAGES,
        "labels": np.eye(6, dtype="float32"),
        "segmentation_masks": np.floor(IMAGES[..., :1] / 64.0),
        "bounding_boxes": {
            "boxes": np.tile([[[1.0, 2.0, 5.0, 6.0]]], (6, 2, 1)).astype("float32"),
            "labels": np.ones((6, 2), "int32"),
        },
    }
    if name in ("CutMix", "RandomElasticTransform"):
        with pytest.raises(NotImplementedError, match="no bounding boxes"):
            _made(name, bounding_box_format="xyxy")(data, training=True)
        del data["bounding_boxes"]
    else:
        with pytest.raises(ValueError, match="no `bounding_box_format`"):
            _made(name)(data, training=True)
    result = _made(name, bounding_box_format="xyxy")(data, training=True)
    assert set(result) == set(data)
    assert all(np.isfinite(np.asarray(part)).all() for part in tree.flatten(result))
    masks = np.asarray(result["segmentation_masks"])
    assert masks.shape == data["segmentation_masks"].shape
    if name not in ("AugMix", "MixUp"):
        assert set(np.unique(masks)) <= set(range(4))
    rows = np.asarray(result["labels"]).sum(axis=1)
    np.testing.assert_allclose(rows, 1.0, rtol=1e-5)


@pytest.mark.parametrize(
    "make",
    [
        lambda **k: L.RandomFlip(seed=4, **k),
        lambda **k: L.RandomTranslation((-0.1, 0.1), 0.1, seed=4, **k),
        lambda **k: L.RandomZoom((-0.2, 0.1), seed=4, **k),
        lambda **k: L.RandomRotation((0.25, 0.25), seed=4, **k),
        lambda **k: L.RandomPerspective((1, 1), 0.1, seed=4, **k),
        lambda **k: L.RandomShear(0.1, 0.1, seed=4, **k),
        lambda **k: L.RandomCrop(30, 35, seed=4, **k),
        lambda **k: L.Resizing(20, 60, **k),
        lambda **k: L.CenterCrop(36, 34, **k),
        lambda **k: L.RandAugment(seed=7, factor=0.1, **k),
    ],
)
@pytest.mark.parametrize("form", ["xyxy", "rel_center_xywh"])
def test_boxes_stay_around_what_they_show(make, form):
    from kerasish.utils.bounding_boxes import convert_format

    images = np.zeros((4, 40, 40, 1), "float32")
    images[:, 14:22, 12:24] = 255.0
    box = np.tile([[[12.0, 14.0, 24.0, 22.0]]], (4, 1, 1))
    box = convert_format(box, "xyxy", form, 40, 40)
    data = {"images": np.repeat(images, 3, -1), "bounding_boxes": {}}
    data["bounding_boxes"] = {"boxes": box, "labels": np.ones((4, 1))}
    result = make(bounding_box_format=form)(data, training=True)
    shown = np.asarray(result["images"])[..., 0] > 127.0
    size = shown.shape[1:]
    found = convert_format(result["bounding_boxes"]["boxes"], form, "xyxy", *size)
    for picture, (left, top, right, bottom) in zip(shown, np.asarray(found)[:, 0]):
        rows, columns = np.nonzero(picture)
        expected = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        np.testing.assert_allclose((left, top, right, bottom), expected, atol=2.5)


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (lambda f: L.RandomInvert(f, seed=2), lambda x: 255.0 - x),
        (
            lambda f: L.RandomErasing(f, (1, 1), 7.0, seed=2),
            lambda x: np.full_like(x, 7.0),
        ),
    ],
)
@pytest.mark.parametrize(("factor", "part"), [((0.3, 0.3), 0.3), (1.0, 0.5)])
def test_how_often_images_change(make, changes, factor, part):
    images = RNG.uniform(10, 200, (4000, 2, 2, 1)).astype("float32")
    result = np.asarray(make(factor)(images, training=True))
    changed = (result != images).all(axis=(1, 2, 3))
    assert abs(changed.mean() - part) < 0.03
    np.testing.assert_allclose(result[changed], changes(images)[changed], rtol=1e-5)
    np.testing.assert_array_equal(result[~changed], images[~changed])


def test_erased_area_and_noise():
    images = np.zeros((2000, 20, 20, 1), "float32")
    layer = L.RandomErasing((1, 1), (0.04, 0.25), 9.0, seed=1)
    erased = np.asarray(layer(images, training=True)) == 9.0
    sides = np.sqrt(np.linspace(0.04, 0.25, 1000)).mean()
    assert abs(erased.mean() - sides**2) < 0.01
    # It may lie anywhere, but begins at 0 with no probability.
    assert erased.any(axis=0).mean() > 0.9
    noise = np.asarray(L.RandomErasing((1, 1), (1, 1), seed=1)(images, training=True))
    assert noise.std() > 50.0


def test_hues_turn_both_ways():
    red = np.zeros((2000, 1, 1, 3), "float32")
    red[..., 0] = 1.0
    layer = L.RandomHue((0.4, 0.4), (0, 1), seed=1)
    turned = np.asarray(layer(red, training=True))[:, 0, 0]
    greener = turned[:, 1] > turned[:, 2]
    assert abs(greener.mean() - 0.5) < 0.04
    assert len(np.unique(turned.round(4), axis=0)) == 2


def test_mixed_weights_follow_the_beta_distribution():
    labels = np.eye(3000, dtype="float32")
    data = {"images": np.zeros((3000, 1, 1, 1), "float32"), "labels": labels}
    mixed = np.asarray(L.MixUp(0.2, seed=1)(data, training=True)["labels"])
    own = np.diag(mixed)
    assert abs(own.mean() - 0.5) < 0.03
    assert abs(own.var() - 0.25 / 1.4) < 0.01
    mixed = np.asarray(L.CutMix(1.0, seed=1)(data, training=True)["labels"])
    np.testing.assert_allclose(mixed.sum(axis=1), 1.0, rtol=1e-5)


def test_mixed_boxes_are_those_of_both_images():
    boxes = np.arange(24.0).reshape(3, 2, 4).astype("float32")
    labels = np.arange(6).reshape(3, 2)
    data = {
        "images": np.zeros((3, 4, 4, 1), "float32"),
        "bounding_boxes": {"boxes": boxes, "labels": labels},
    }
    mixed = L.MixUp(seed=2, bounding_box_format="xyxy")(data, training=True)
    got = {k: np.asarray(v) for k, v in mixed["bounding_boxes"].items()}
    assert got["boxes"].shape == (3, 4, 4)
    np.testing.assert_array_equal(got["boxes"][:, :2], boxes)
    order = got["labels"][:, 2] // 2
    np.testing.assert_array_equal(got["boxes"][:, 2:], boxes[order])


def test_bits_are_kept_at_random():
    images = np.full((3000, 1, 1, 1), 255.0, "float32")
    result = np.asarray(L.RandomPosterization((1, 4), seed=1)(images, training=True))
    values, counts = np.unique(result, return_counts=True)
    assert values.tolist() == [128.0, 192.0, 224.0]
    assert (np.abs(counts / 3000 - 1 / 3) < 0.03).all()


def test_all_changes_of_a_policy_are_chosen():
    layer = L.RandAugment(num_ops=1, seed=1)
    seen = {tuple(np.asarray(layer(IMAGES[:1], training=True)).ravel()[:40])}
    for _ in range(30):
        seen.add(tuple(np.asarray(layer(IMAGES[:1], training=True)).ravel()[:40]))
    assert len(seen) > 15
    assert len(layer.steps()) == 11
    assert len(L.AugMix(all_ops=False).steps()) == 7


def test_elastic_images_move_little_and_smoothly():
    rows = np.tile(np.arange(40.0)[:, None, None], (1, 40, 1)).astype("float32")
    layer = L.RandomElasticTransform((1, 1), (0.4, 0.4), fill_mode="nearest", seed=1)
    moved = np.asarray(layer(np.repeat(rows[None], 4, 0), training=True))
    shift = moved - rows
    assert 0.01 < np.abs(shift).mean() < 2.0
    assert np.abs(np.diff(shift, axis=2)).mean() < np.abs(shift).mean() * 2


@pytest.mark.parametrize(("cls", "axis"), [(L.RandomHeight, 1), (L.RandomWidth, 2)])
def test_random_sizes(cls, axis):
    sizes = {
        cls((-0.5, 0.5), seed=i)(IMAGES, training=True).shape[axis] for i in range(40)
    }
    low, high = IMAGES.shape[axis] // 2, IMAGES.shape[axis] * 3 // 2
    assert min(sizes) < low + 2 and max(sizes) > high - 3
    assert sizes <= set(range(low - 1, high + 1))


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
@pytest.mark.parametrize("factor", [-0.5, 0.3, 1.0])
def test_resized_as_resizing_does(interpolation, factor):
    height = L.RandomHeight((factor, factor), interpolation)(IMAGES, training=True)
    expected = L.Resizing(height.shape[1], 11, interpolation)(IMAGES)
    np.testing.assert_allclose(height, expected, rtol=1e-4, atol=1e-2)


def test_projections_map_their_points():
    start = RNG.uniform(0, 9, (2, 4, 2)).astype("float32")
    end = RNG.uniform(0, 9, (2, 4, 2)).astype("float32")
    numbers = np.asarray(image_sampling.homography(start, end), "float64")
    matrix = np.concatenate([numbers, np.ones((2, 1))], 1).reshape(2, 3, 3)
    points = np.concatenate([end, np.ones((2, 4, 1))], -1) @ matrix.transpose(0, 2, 1)
    np.testing.assert_allclose(points[..., :2] / points[..., 2:], start, atol=2e-2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: L.AutoContrast(3), "`value_range` must be a pair"),
        (lambda: L.RandomHue(2.0), "`factor` must be a number or a pair"),
        (lambda: L.RandomPosterization(9), r"\[1, 8\]"),
        (lambda: L.RandomGaussianBlur(kernel_size=4), "odd numbers"),
        (lambda: L.RandomErasing(fill_value=(1, 2)), "three numbers"),
        (lambda: L.RandomPerspective(scale=2.0), "`scale`"),
        (lambda: L.RandomHeight(0.1, "cubic"), "`interpolation` must be one of"),
        (lambda: L.MaxNumBoundingBoxes(0), "`max_number` must be a positive"),
        (lambda: L.STFTSpectrogram("loud"), "`mode` must be one of"),
        (lambda: L.STFTSpectrogram(frame_length=8, fft_length=4), "`fft_length`"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()
