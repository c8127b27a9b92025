"""Update rules that are traced once for all Variables of a shape."""

import numpy as np
import pytest

from kerasish import optimizers
from kerasish.backend import ops
from kerasish.backend.devices import device
from kerasish.backend.graph import Trace, Variable, placeholder, topological
from kerasish.backend.ops.calls import call
from kerasish.backend.plan import Function
from kerasish.optimizers.shared_updates import same_for_equal_shapes

SHAPES = [(3, 2), (2,), (3, 2), (), (3, 2), ()]
SHARED = [
    name
    for name in dir(optimizers)
    if hasattr(getattr(getattr(optimizers, name), "update_step", None), "is_shared")
]


def variables():
    draw = np.random.default_rng(0).normal
    return [Variable(draw(size=shape).astype("float32")) for shape in SHAPES]


def step_of(optimizer, weights):
    """The updates of a step, and the gradients that it takes."""
    gradients = [placeholder(weight.shape) for weight in weights]
    with Trace() as trace:
        optimizer.apply(gradients, weights)
    return gradients, trace.updates


def calls_of(updates):
    nodes = topological([value for _, value in updates])
    return [node for node in nodes if node.op is call]


def trained(optimizer):
    """The Variables after three steps, and the names of the ops that were compiled."""
    weights, draw = variables(), np.random.default_rng(1).normal
    gradients, updates = step_of(optimizer, weights)
    with device("numpy"):
        step = Function(gradients, [], updates)
        for _ in range(3):
            step(*[draw(size=shape).astype("float32") for shape in SHAPES])
        _, results = step.stages(*[np.ones(shape, "float32") for shape in SHAPES])
    values = [variable.numpy() for variable in (*weights, *optimizer.variables)]
    return values, sorted(node.op.name for node in topological(results))


def one_by_one(cls):
    """The same optimizer, but its rule is traced for each Variable."""

    class Single(cls):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient, variable, learning_rate)

    return Single


def test_variables_of_one_shape_share_a_body():
    calls = calls_of(step_of(optimizers.Adam(), variables())[1])
    assert [node.specs[0].shape for node in calls] == [(3, 2), (3, 2), (), (3, 2), ()]
    assert len({node.attrs["body"] for node in calls}) == 2


@pytest.mark.parametrize("options", [{}, {"use_ema": True}, {"clipnorm": 1.0}])
@pytest.mark.parametrize("name", SHARED)
def test_shared_rules_are_those_of_each_variable(name, options):
    cls = getattr(optimizers, name)
    values, compiled = trained(cls(0.1, **options))
    expected, as_before = trained(one_by_one(cls)(0.1, **options))
    for got, wanted in zip(values, expected, strict=True):
        np.testing.assert_array_equal(got, wanted)
    assert "call" not in compiled
    assert compiled.count("fused") <= as_before.count("fused")


def test_state_that_is_not_known_is_not_shared():
    class Scaled(optimizers.SGD):
        def build(self, variables):
            super().build(variables)
            self.scales = [
                Variable(np.full(v.shape, k + 1.0, "float32"))
                for k, v in enumerate(variables)
            ]

        @same_for_equal_shapes
        def update_step(self, gradient, variable, learning_rate):
            scale = self.scales[self._get_variable_index(variable)]
            super().update_step(gradient * scale, variable, learning_rate)

    weights = [Variable(np.zeros(2, "float32")) for _ in range(3)]
    gradients, updates = step_of(Scaled(1.0), weights)
    assert not calls_of(updates)
    Function(gradients, [], updates)(*[np.ones(2, "float32")] * 3)
    assert [weight.numpy()[0] for weight in weights] == [-1.0, -2.0, -3.0]


def test_a_rule_that_mixes_elements_is_not_shared():
    class Normed(optimizers.SGD):
        @same_for_equal_shapes
        def update_step(self, gradient, variable, learning_rate):
            variable.assign_sub(gradient / ops.sum(gradient * gradient))

    weights = [Variable(np.zeros(2, "float32")) for _ in range(2)]
    assert not calls_of(step_of(Normed(1.0), weights)[1])
