"""Drawings of models."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import kerasish as keras
from kerasish.utils import img_to_array, load_img, model_to_dot, plot_model

SVG = "{http://www.w3.org/2000/svg}"


def branching():
    x = keras.Input((4,), name="x")
    left = keras.layers.Dense(3, name="left", activation="relu")(x)
    right = keras.layers.Dense(3, name="right")(x)
    return keras.Model(x, keras.layers.Add(name="sum")([left, right]))


def test_dot_names_layers_and_arrows():
    text = model_to_dot(branching(), show_shapes=True, rankdir="LR").to_string()
    assert "rankdir=LR" in text
    assert text.count("->") == 4
    assert "left (Dense)\\ninput: (None, 4)\\noutput: (None, 3)" in text


@pytest.mark.parametrize("rankdir", ["TB", "LR"])
def test_svg_has_boxes_that_do_not_overlap(tmp_path, rankdir):
    path = tmp_path / "m.svg"
    plot_model(branching(), path, show_layer_names=True, rankdir=rankdir)
    root = ElementTree.parse(path).getroot()
    boxes = [
        np.array([float(rect.get(k)) for k in ("x", "y", "width", "height")])
        for rect in root.iter(f"{SVG}rect")
    ]
    assert len(boxes) == 4
    for number, a in enumerate(boxes):
        for b in boxes[:number]:
            apart = (a[:2] + a[2:] <= b[:2]) | (b[:2] + b[2:] <= a[:2])
            assert apart.any()
    assert len(list(root.iter(f"{SVG}line"))) == 4
    texts = {text.text for text in root.iter(f"{SVG}text")}
    assert {"left (Dense)", "sum (Add)"} <= texts


@pytest.mark.parametrize("dpi", [96, 192])
def test_png_has_the_boxes_of_the_svg(tmp_path, dpi):
    drawing = plot_model(branching(), tmp_path / "m.png", dpi=dpi)
    pixels = img_to_array(load_img(tmp_path / "m.png", color_mode="grayscale"))[..., 0]
    root = ElementTree.fromstring(drawing.to_svg())
    scale = dpi / 96
    assert abs(pixels.shape[1] - float(root.get("width")) * scale) <= 2
    for rect in root.iter(f"{SVG}rect"):
        x, y, w, h = (float(rect.get(k)) * scale for k in ("x", "y", "width", "height"))
        around = pixels[
            round(y) - 2 : round(y + h) + 3, round(x) - 2 : round(x + w) + 3
        ]
        assert (around < 128).mean() > 0.02
        edge = pixels[round(y) - 1 : round(y) + 2, round(x) + 3 : round(x + w) - 3]
        assert (edge.min(axis=0) < 128).all()


def test_what_boxes_tell():
    options = {"show_layer_activations": True, "show_trainable": True}
    text = model_to_dot(branching(), show_dtype=True, **options).to_string()
    assert "activation: relu\\ndtype: float32\\ntrainable: True" in text


def test_bad_arguments(tmp_path):
    with pytest.raises(ValueError, match="can be written"):
        plot_model(branching(), tmp_path / "m.gif")
    with pytest.raises(ValueError, match="rankdir"):
        model_to_dot(branching(), rankdir="UP")
    with pytest.raises(ValueError, match="not built"):
        model_to_dot(keras.Sequential([keras.layers.Dense(1)]))
