"""Every loss: a case, a config that rebuilds it, a gradient that is right."""

import inspect

import numpy as np
import pytest

from kerasish import losses
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import Trace, as_numpy, placeholder
from kerasish.backend.plan import Function
from tests.compat import number_cases as cases

INPUTS = cases.arrays()
CLASSES = sorted(
    name
    for name in losses.LOSSES
    if inspect.isclass(getattr(losses, name))
    and name not in ("Loss", "LossFunctionWrapper")
)
FUNCTIONS = sorted(
    name for name in losses.LOSSES if not inspect.isclass(getattr(losses, name))
)


@pytest.mark.parametrize("name", CLASSES)
def test_every_loss_has_a_case(name):
    assert name in {row[0] for row in cases.LOSSES.values()}


@pytest.mark.parametrize("case", cases.LOSSES)
def test_config_rebuilds_the_loss(case):
    cls, arguments, names = cases.LOSSES[case]
    loss = getattr(losses, cls)(**arguments, dtype="float64")
    config = losses.serialize(loss)
    assert config["module"] == "keras.losses"
    again = losses.deserialize(config)
    assert type(again) is type(loss)
    assert again.get_config() == loss.get_config()
    values = [INPUTS[name] for name in names]
    np.testing.assert_array_equal(as_numpy(again(*values)), as_numpy(loss(*values)))


@pytest.mark.parametrize("name", CLASSES)
def test_config_holds_every_argument(name):
    loss = getattr(losses, name)(dtype="float32")
    assert set(loss.get_config()) == set(inspect.signature(type(loss)).parameters)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_found_by_name(name):
    assert losses.get(name) is getattr(losses, name)
    assert losses.serialize(losses.get(name)) == name


# Where a prediction sits on a kink, differences say nothing.
SMOOTH = [case for case, row in cases.LOSSES.items() if row[1].get("axis", 1) != (1,)]


@pytest.mark.parametrize("case", SMOOTH)
def test_gradient_is_that_of_differences(case):
    cls, arguments, names = cases.LOSSES[case]
    arguments = {**arguments, "dtype": "float64"}
    if arguments.get("reduction", "sum") is None:
        arguments["reduction"] = "sum"
    loss = getattr(losses, cls)(**arguments)
    y_true, y_pred, *weights = (INPUTS[name] for name in names)
    y_pred = y_pred.astype("float64")
    with Trace():
        x = placeholder((None, *y_pred.shape[1:]), "float64")
        value = loss(y_true, x, *weights)
        (gradient,) = gradients(value, [x])
    run = Function([x], [value, gradient])
    direction = np.random.default_rng(0).normal(size=y_pred.shape)
    step = 1e-6
    above, below = (run(y_pred + s * step * direction)[0] for s in (1, -1))
    expected = (above - below) / (2 * step)
    found = float(np.sum(run(y_pred)[1] * direction))
    assert found == pytest.approx(float(expected), rel=1e-4, abs=1e-7)
