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
    assert len(list(root.iter(f"{SVG}polyline"))) == 4
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


def residual(depth=3):
    """Blocks around which a sum goes, with an inner model and an op in the end."""
    x = inputs = keras.Input((4,), name="x")
    for number in range(depth):
        y = keras.layers.Dense(4, name=f"first{number}")(x)
        y = keras.layers.Dense(4, name=f"second{number}")(y)
        x = keras.layers.Add(name=f"sum{number}")([x, y])
    inner = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(4, name="in_a"), keras.layers.ReLU()],
        name="inner",
    )
    shared = keras.layers.Dense(4, name="shared")
    both = keras.layers.Add(name="both")([inner(x), shared(shared(x) * 2.0)])
    return keras.Model(inputs, both, name="whole")


def points(root):
    return [
        np.array([pair.split(",") for pair in line.get("points").split()], float)
        for line in root.iter(f"{SVG}polyline")
    ]


@pytest.mark.parametrize("rankdir", ["TB", "LR", "BT", "RL"])
def test_arrows_go_around_boxes(rankdir):
    x = inputs = keras.Input((4,), name="x")
    for _ in range(3):
        y = keras.layers.Dense(4)(keras.layers.Dense(4)(x))
        x = keras.layers.Add()([x, y])
    root = ElementTree.fromstring(
        model_to_dot(keras.Model(inputs, x), rankdir=rankdir).to_svg()
    )
    boxes = [
        [float(rect.get(k)) for k in ("x", "y", "width", "height")]
        for rect in root.iter(f"{SVG}rect")
    ]
    lines = points(root)
    assert len(lines) == 12
    along, sign = {"TB": (1, 1), "BT": (1, -1), "LR": (0, 1), "RL": (0, -1)}[rankdir]
    for line in lines:
        assert (np.diff(sign * line[:, along]) >= 0).all()
        for a, b in zip(line, line[1:]):
            for share in np.linspace(0.05, 0.95, 30):
                px, py = a + share * (b - a)
                assert not any(
                    left + 1 < px < left + w - 1 and top + 1 < py < top + h - 1
                    for left, top, w, h in boxes
                )


def test_ops_outside_layers_and_shared_layers_are_connected():
    text = model_to_dot(residual(1)).to_string()
    names = dict(
        line.split(" [label=")[::-1] for line in text.splitlines() if "label" in line
    )
    nodes = {label.strip('"];'): node for label, node in names.items()}
    (multiplied,) = (node for label, node in nodes.items() if "(Multiply)" in label)
    shared = nodes["shared (Dense)"]
    assert f"{multiplied} -> {shared};" in text
    assert f"{shared} -> {nodes['both (Add)']};" in text
    assert f"{nodes['sum0 (Add)']} -> {nodes['inner (Sequential)']};" in text


def test_inner_models_show_their_layers():
    model = residual(1)
    closed = model_to_dot(model).to_string()
    assert "in_a" not in closed
    diagram = model_to_dot(model, expand_nested=True, show_shapes=True)
    text = diagram.to_string()
    assert 'label="inner (Sequential)";' in text
    assert "in_a (Dense)\\ninput: (None, 4)\\noutput: (None, 4)" in text
    assert text.count("{") == text.count("}")
    root = ElementTree.fromstring(diagram.to_svg())
    frames = [r for r in root.iter(f"{SVG}rect") if r.get("fill") != "white"]
    (frame,) = (
        [float(r.get(k)) for k in ("x", "y", "width", "height")] for r in frames
    )
    inside = [
        t
        for t in root.iter(f"{SVG}text")
        if frame[0] < float(t.get("x")) < frame[0] + frame[2]
        and frame[1] < float(t.get("y")) < frame[1] + frame[3]
    ]
    assert {"inner (Sequential)", "in_a (Dense)"} <= {t.text for t in inside}
    whole = model_to_dot(model, subgraph=True).to_string()
    assert 'label="whole";' in whole


def test_a_range_of_layers():
    text = model_to_dot(residual(2), layer_range=["first1", "sum1"]).to_string()
    assert text.count("label") == 3
    assert text.count("->") == 2


def test_forms_of_a_drawing(tmp_path):
    diagram = model_to_dot(branching(), dpi=96)
    assert diagram.create(prog="dot", format="svg").decode() == diagram.to_svg()
    assert "dpi=96;" in diagram.to_string()
    assert diagram._repr_svg_() == diagram.to_svg()
    diagram.write(tmp_path / "m", format="png")
    small = load_img(tmp_path / "m").size
    plot_model(branching(), tmp_path / "n.png", show_layer_names=True, dpi=192)
    assert load_img(tmp_path / "n.png").size[0] == pytest.approx(2 * small[0], abs=2)
    plot_model(branching(), tmp_path / "m.dot")
    assert (tmp_path / "m.dot").read_text(encoding="utf-8").startswith("digraph")
    assert plot_model(branching(), to_file=None).to_svg()
    with pytest.raises(ValueError, match="colour"):
        model_to_dot(branching(), colour=1)


def test_models_that_are_classes():
    class Two(keras.Model):
        def __init__(self):
            super().__init__()
            self.one = keras.layers.Dense(2, name="one")
            self.other = keras.layers.Dense(2, name="other")

        def call(self, x):
            return self.other(self.one(x))

    model = Two()
    model(np.ones((1, 3)))
    text = model_to_dot(model, show_shapes=True).to_string()
    assert "one (Dense)" in text and "other (Dense)" in text
