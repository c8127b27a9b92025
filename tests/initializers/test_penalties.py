"""Regularizers, constraints and activations: formulas, names, configurations."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kerasish import activations, constraints, regularizers
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import Trace, placeholder
from kerasish.backend.plan import Function
from kerasish.errors import ShapeError

W = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (regularizers.L1(0.1), 0.1 * np.abs(W).sum()),
        (regularizers.L2(0.1), 0.1 * np.square(W).sum()),
        (regularizers.L1L2(0.1, 0.2), 0.1 * np.abs(W).sum() + 0.2 * np.square(W).sum()),
        (regularizers.L1L2(), 0.0),
        (regularizers.l1(l=0.3), 0.3 * np.abs(W).sum()),
        (regularizers.l2(l=0.3), 0.3 * np.square(W).sum()),
    ],
)
def test_regularizers(made, expected) -> None:
    assert float(made(W)) == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize("mode", ["rows", "columns"])
def test_orthogonal_regularizer(mode: str) -> None:
    matrix = W if mode == "rows" else W.T
    unit = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    products = np.abs(unit @ unit.T)
    count = len(matrix)
    expected = (products.sum() - np.trace(products)) / 2 / (count * (count - 1) / 2)
    made = regularizers.OrthogonalRegularizer(0.5, mode=mode)
    assert float(made(W)) == pytest.approx(0.5 * expected, rel=1e-5)
    with pytest.raises(ShapeError):
        made(W[0])
    with pytest.raises(ValueError, match="rows"):
        regularizers.OrthogonalRegularizer(mode="diagonal")


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_regularizer_factors_are_finite_and_positive(value: float) -> None:
    for cls in (regularizers.L1, regularizers.L2, regularizers.L1L2):
        with pytest.raises(ValueError, match="factor"):
            cls(value)


def test_regularizers_have_gradients() -> None:
    with Trace():
        w = placeholder((None, 3), "float32")
        penalty = regularizers.L1L2(0.1, 0.2)(w)
        (gradient,) = gradients(penalty, [w])
    value = Function([w], [gradient])(W)[0]
    np.testing.assert_allclose(value, 0.1 * np.sign(W) + 0.4 * W, rtol=1e-5)


def _norms(w: np.ndarray, axis) -> np.ndarray:
    return np.sqrt(np.square(w).sum(axis=axis, keepdims=True))


@pytest.mark.parametrize("axis", [0, 1, (0, 1)])
def test_constraints(axis) -> None:
    norms = _norms(W, axis)
    given = list(axis) if isinstance(axis, tuple) else axis
    cases = [
        (constraints.MaxNorm(1.0, axis=given), W * np.minimum(norms, 1.0) / norms),
        (constraints.UnitNorm(axis=given), W / norms),
        (
            constraints.MinMaxNorm(1.5, 1.8, rate=0.5, axis=given),
            W * (0.5 * np.clip(norms, 1.5, 1.8) + 0.5 * norms) / norms,
        ),
        (constraints.NonNeg(), np.maximum(W, 0.0)),
    ]
    for made, expected in cases:
        np.testing.assert_allclose(made(W), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("size", "diagonal"), [(2, [0]), (3, [0, 1]), (4, [1, 3]), (5, [1, 2, 3])]
)
def test_radial_constraint(size: int, diagonal: list[int]) -> None:
    """The values that tf.keras 2 takes, from the middle outwards."""
    kernel = np.random.default_rng(0).normal(size=(size, size, 2, 3)).astype("float32")
    result = np.asarray(constraints.RadialConstraint()(kernel))
    for ring, entry in enumerate(reversed(diagonal)):
        square = result[ring : size - ring, ring : size - ring]
        for edge in (square[0], square[-1], square[:, 0], square[:, -1]):
            expected = np.broadcast_to(kernel[entry, entry], edge.shape)
            np.testing.assert_array_equal(edge, expected)
    with pytest.raises(ShapeError, match="four axes"):
        constraints.RadialConstraint()(kernel[0])


@pytest.mark.parametrize(
    ("namespace", "names"),
    [
        (regularizers, ["l1", "l2", "l1_l2", "L1", "L1L2", "orthogonal_regularizer"]),
        (constraints, ["max_norm", "MaxNorm", "non_neg", "unit_norm", "min_max_norm",
                       "maxnorm", "nonneg", "unitnorm", "radial_constraint"]),
    ],
)  # fmt: skip
def test_names_and_configurations(namespace, names: list[str]) -> None:
    for name in names:
        made = namespace.get(name)
        described = json.loads(json.dumps(namespace.serialize(made)))
        assert described["module"] == namespace.__name__.replace("kerasish", "keras")
        again = namespace.deserialize(described)
        assert type(again) is type(made)
        assert again.get_config() == made.get_config()
        assert type(namespace.get({**described, "module": None})) is type(made)
        assert namespace.get(made) is made
    assert namespace.get(None) is None
    with pytest.raises(ValueError, match="Did you mean"):
        namespace.get(names[0] + "x")


def test_activation_names() -> None:
    for name in activations.ACTIVATIONS:
        found = activations.get(name)
        assert found is getattr(activations, name)
        assert activations.serialize(found) == name
        assert activations.deserialize(name) is found
        assert ">>>" in found.__doc__
    assert activations.get(None) is activations.linear
    assert activations.get("swish") is activations.silu
    assert activations.serialize(activations.hard_swish) == "hard_silu"
    assert activations.get(np.tanh) is np.tanh
    with pytest.raises(ValueError, match="Did you mean 'softmax'"):
        activations.get("sofmax")
    with pytest.raises(ValueError):
        activations.get(3)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"max_value": 0.5},
        {"max_value": 6},
        {"negative_slope": 0.1},
        {"threshold": 0.4},
        {"negative_slope": 0.1, "threshold": 0.4, "max_value": 0.9},
    ],
)
def test_relu_arguments(arguments: dict) -> None:
    slope = arguments.get("negative_slope", 0.0)
    bound = arguments.get("threshold", 0.0)
    expected = np.where(W >= bound, W, slope * (W - bound))
    if "max_value" in arguments:
        expected = np.minimum(expected, arguments["max_value"])
    np.testing.assert_allclose(activations.relu(W, **arguments), expected, rtol=1e-6)


def test_threshold() -> None:
    np.testing.assert_array_equal(
        activations.threshold(W, 0.2, -3.0), np.where(W > 0.2, W, np.float32(-3.0))
    )
