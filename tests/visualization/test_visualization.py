"""Images with boxes, masks and labels."""

import types

import numpy as np
import pytest

from kerasish.utils import load_img
from kerasish.visualization import (
    draw_bounding_boxes,
    draw_segmentation_masks,
    plot_bounding_box_gallery,
    plot_image_gallery,
    plot_segmentation_mask_gallery,
)

RED = (255, 0, 0)


def boxes_of(*boxes, labels=None):
    labels = np.zeros(len(boxes)) if labels is None else np.array(labels)
    return {"boxes": np.array([boxes], "float32"), "labels": labels[None]}


@pytest.mark.parametrize(
    ("form", "box"),
    [("xyxy", (4, 6, 15, 18)), ("xywh", (4, 6, 11, 12)), ("yxyx", (6, 4, 18, 15))],
)
def test_edges_of_boxes(form, box):
    images = np.zeros((1, 30, 20, 3), "uint8")
    drawn = draw_bounding_boxes(images, boxes_of(box), form, color=RED)
    red = (drawn[0] == RED).all(axis=-1)
    expected = np.zeros((30, 20), bool)
    expected[6:19, 4:16] = True
    expected[8:17, 6:14] = False
    np.testing.assert_array_equal(red, expected)
    assert not images.any()
    turned = draw_bounding_boxes(
        images.transpose(0, 3, 1, 2),
        boxes_of(box),
        form,
        color=RED,
        data_format="channels_first",
    )
    np.testing.assert_array_equal(turned, drawn)


def test_names_and_missing_boxes():
    images = np.zeros((1, 60, 60, 3))
    boxes = boxes_of((10, 30, 50, 50), (1, 1, 5, 5), labels=[2, -1])
    plain = draw_bounding_boxes(images, boxes, "xyxy", color=RED)
    assert not plain[0, :6, :6].any()
    named = draw_bounding_boxes(images, boxes, "xyxy", {2: "cat"}, RED)
    assert (named[0, :29] == RED).all(axis=-1).any()
    boxes["confidences"] = np.array([[0.5, 0.0]])
    sure = draw_bounding_boxes(images, boxes, "xyxy", {2: "cat"}, RED)
    assert (sure[0] > 0).sum() > (named[0] > 0).sum()
    with pytest.raises(ValueError, match="labels"):
        draw_bounding_boxes(images, {"boxes": []}, "xyxy")
    with pytest.raises(TypeError, match="dict"):
        draw_bounding_boxes(images, [], "xyxy")
    with pytest.raises(ValueError, match="four axes"):
        draw_bounding_boxes(images[0], boxes, "xyxy")


def test_masks():
    images = np.full((1, 2, 2, 3), 0.0)
    masks = np.array([[0, 1], [2, -1]]).reshape(1, 2, 2, 1)
    drawn = draw_segmentation_masks(images + 50, masks, 3)
    # Values of Keras for these arguments.
    expected = [[[10, 10, 10], [10, 111, 34]], [[11, 213, 59], [50, 50, 50]]]
    np.testing.assert_array_equal(drawn[0], expected)
    solid = draw_segmentation_masks(images, masks, 3, blend=False)
    np.testing.assert_array_equal(solid[0, 1, 0], (2, 254, 62))
    first = draw_segmentation_masks(
        images.transpose(0, 3, 1, 2) + 50,
        masks.transpose(0, 3, 1, 2),
        3,
        data_format="channels_first",
    )
    np.testing.assert_array_equal(first, drawn)
    with pytest.raises(TypeError, match="integers"):
        draw_segmentation_masks(images, masks.astype(float))


def test_galleries(tmp_path):
    images = np.linspace(0, 1, 5)[:, None, None, None] * np.ones((5, 4, 8, 1))
    path = tmp_path / "g.png"
    plain = plot_image_gallery(
        images, rows=2, cols=3, value_range=(0, 1), path=path, scale=1, dpi=32
    )
    assert plain.size == (96, 64)
    pixels = np.asarray(load_img(path))
    for number in range(5):
        row, column = divmod(number, 3)
        shade = pixels[row * 32 + 4, column * 32 + 16]
        assert shade.tolist() == [int(255 * number / 4)] * 3
    titled = plot_image_gallery(
        images, [0, 1, 0, 1, 2], [1, 1, 1, 1, 1], {0: "a", 1: "b"}, rows=5, scale=2
    )
    assert titled.size[1] > 5 * 120
    handle = types.SimpleNamespace(
        get_label=lambda: "x", get_facecolor=lambda: (1.0, 0.0, 0.0, 1.0)
    )
    legend = plot_image_gallery(images, legend_handles=[handle, ("y", (0, 0, 255))])
    colours = {colour for _, colour in legend.getcolors(10**6)}
    assert {(255, 0, 0, 255), (0, 0, 255, 255)} <= colours
    with pytest.raises(ValueError, match="label_map"):
        plot_image_gallery(images, y_true=[0])
    with pytest.raises(ValueError, match="one of"):
        plot_image_gallery(images, path=path, show=True)


def test_galleries_of_boxes_and_masks():
    images = np.zeros((2, 16, 16, 3))
    both = {"boxes": np.array([[[2, 2, 9, 9]]] * 2), "labels": np.zeros((2, 1))}
    other = {**both, "boxes": both["boxes"] + 5}
    gallery = plot_bounding_box_gallery(
        images, "xyxy", both, other, legend=True, rows=1, cols=2
    )
    colours = {colour[:3] for _, colour in gallery.getcolors(10**6)}
    assert {(0, 188, 212), (255, 235, 59)} <= colours
    with pytest.raises(ValueError, match="legend"):
        plot_bounding_box_gallery(
            images, "xyxy", legend=True, legend_handles=[("a", RED)]
        )
    masks = np.ones((2, 16, 16, 1))
    options = {"y_true": masks, "y_pred": masks, "scale": 1, "alpha": 1.0}
    gallery = plot_segmentation_mask_gallery(images, 2, **options)
    assert gallery.size == (180, 120)
    assert gallery.getpixel((90, 30))[:3] == (1, 127, 31)
