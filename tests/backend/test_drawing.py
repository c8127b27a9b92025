"""Graphs as text, DOT and SVG."""

import xml.etree.ElementTree

import numpy as np

import kerasish as keras
from kerasish import backend as K
from kerasish.backend.plan import draw, explain


def softmax_of_a_layer():
    x = keras.Input((3,), name="pixels")
    y = keras.layers.Dense(2, name="scores")(x)
    return x, K.log(K.softmax(y)) * 1.0


def test_text_has_a_line_for_each_node():
    _, y = softmax_of_a_layer()
    lines = draw(y).text().splitlines()
    assert len(lines) == len(draw(y).nodes) + 1
    assert any("placeholder pixels" in line for line in lines)
    assert any('layer "scores"' in line for line in lines)
    assert lines[-1] == f"return %{len(lines) - 2}"


def test_several_outputs():
    x = K.placeholder((4,))
    drawing = draw([x + 1.0, x * 2.0])
    assert drawing.text().splitlines()[-1].count("%") == 2
    assert drawing.counts()["placeholder"] == 1


def test_dot_names_every_edge():
    _, y = softmax_of_a_layer()
    drawing = draw(y)
    edges = [line for line in drawing.dot().splitlines() if "->" in line]
    assert len(edges) == sum(len(node.inputs) for node in drawing.nodes) + 1
    assert drawing.dot().count("{") == drawing.dot().count("}")


def test_svg_is_well_formed_and_boxes_do_not_overlap():
    _, y = softmax_of_a_layer()
    root = xml.etree.ElementTree.fromstring(draw(y).svg())
    boxes = root.findall(".//{http://www.w3.org/2000/svg}rect")
    corners = {(box.get("x"), box.get("y")) for box in boxes}
    assert len(corners) == len(boxes) == len(draw(y).nodes)


def test_explanations_show_what_compiling_did():
    x, y = softmax_of_a_layer()
    found = explain(K.function([x], [y]), np.ones((5, 3)))
    assert found.rules
    assert len(found.after.nodes) < len(found.before.nodes)
    assert "(5, 2) float32" in found.after.text()
    assert "(None, 2) float32" in found.before.text()
    text = str(found)
    assert "before:" in text and "after:" in text
    assert all(name in text for name in found.rules)
