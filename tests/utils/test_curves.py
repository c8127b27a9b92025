"""Curves of training, and how notebooks show histories and models."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import kerasish as keras
from kerasish.callbacks import History
from kerasish.utils.curves import Curves, ticks

SVG = "{http://www.w3.org/2000/svg}"


def lines(svg):
    """The points of each curve."""
    root = ElementTree.fromstring(svg)
    return [
        np.array([pair.split(",") for pair in line.get("points").split()], float)
        for line in root.iter(f"{SVG}polyline")
    ]


def history(**values):
    found = History()
    for epoch in range(len(next(iter(values.values())))):
        found.on_epoch_end(epoch, {name: v[epoch] for name, v in values.items()})
    return found


def test_points_are_in_proportion():
    ((*_, curve),) = [lines(Curves({"loss": [4.0, 2.0, 3.0]}).to_svg())]
    across, down = curve.T
    assert across[1] - across[0] == pytest.approx(across[2] - across[1], abs=0.11)
    assert down[0] < down[2] < down[1]
    assert down[1] - down[2] == pytest.approx((down[1] - down[0]) / 2, abs=0.11)


def test_panels_and_legends():
    svg = history(loss=[2, 1], val_loss=[3, 2], mae=[1, 1], val_only=[1, 2]).plot()
    assert svg.panels.keys() == {"loss", "mae", "val_only"}
    assert list(svg.panels["loss"]) == ["training", "validation"]
    texts = [t.text for t in ElementTree.fromstring(svg.to_svg()).iter(f"{SVG}text")]
    assert texts.count("training") == texts.count("validation") == 1
    assert {"loss", "mae", "val_only", "epoch"} <= set(texts)
    assert len(lines(svg.to_svg())) == 4


def test_choice_of_metrics(tmp_path):
    found = history(loss=[2, 1], val_loss=[3, 2], mae=[1, 1])
    curves = found.plot(["loss"])
    assert list(curves.panels) == ["loss"]
    curves.save(tmp_path / "c.svg")
    saved = (tmp_path / "c.svg").read_text(encoding="utf-8")
    assert saved == curves.to_svg() == curves._repr_svg_()
    with pytest.raises(ValueError, match="acc"):
        found.plot(["acc"])
    with pytest.raises(ValueError, match="svg"):
        curves.save(tmp_path / "c.png")
    with pytest.raises(ValueError, match="no values"):
        History().plot()


def test_odd_values():
    assert len(lines(Curves({"loss": [1.0]}).to_svg())[0]) == 1
    (curve,) = lines(Curves({"loss": [1.0, float("nan"), 2.0]}).to_svg())
    assert len(curve) == 2
    ElementTree.fromstring(Curves({"<&>": [1, 1, 1]}).to_svg())
    found = history(loss=[1.0, 2.0], each=[np.zeros(2), np.ones(2)])
    assert list(found.plot().panels) == ["loss"]
    late = Curves({"loss": [3, 2, 1], "val_loss": [5]}, positions=[1, 2, 3])
    assert late.panels["loss"]["validation"] == [(3.0, 5.0)]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 10, [0, 2, 4, 6, 8, 10]),
        (0.93, 1.0, [0.94, 0.96, 0.98, 1.0]),
        (1, 1, [1]),
        (-3e-6, 2e-6, [-3e-6, -2e-6, -1e-6, 0, 1e-6, 2e-6]),
    ],
)
def test_ticks(low, high, expected):
    assert ticks(low, high) == pytest.approx(expected)


def test_what_notebooks_show():
    x, y = np.ones((4, 2)), np.ones((4, 1))
    model = keras.Sequential([keras.layers.Dense(1, name="<d>")], name="m")
    assert model._repr_html_().startswith("<pre>&lt;Sequential name=m")
    model.compile("sgd", "mse")
    found = model.fit(x, y, epochs=2, verbose=0)
    page = model._repr_html_()
    assert "&lt;d&gt;" in page and "<d>" not in page
    ElementTree.fromstring(f"<div>{page}</div>")
    assert found._repr_svg_() == found.plot().to_svg()
    assert History()._repr_svg_() is None
    assert repr(found).startswith("<History of 2 epochs: loss=")
    assert repr(History()) == "<History of 0 epochs>"
