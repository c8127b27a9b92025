"""Each rewrite rule as a graph before and after."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.devices import get_device
from kerasish.backend.graph import (
    Tensor,
    constant,
    get_op,
    place,
    placeholder,
    symbolic_scope,
    topological,
)
from kerasish.backend.plan import Function
from kerasish.backend.rewrite.check import check_pass
from kerasish.backend.rewrite.fold import folding
from kerasish.backend.rewrite.lower import lowering
from kerasish.backend.rewrite.passes import optimise
from kerasish.backend.rewrite.rules import RULES, applying, fired
from kerasish.backend.rewrite.specialise import specialise
from kerasish.backend.rewrite.sweep import sweep
from kerasish.errors import GraphError

X = placeholder((2, 3))
Y = placeholder((2, 3))
ROW = placeholder((3,))


def _cases():
    multiply, transpose = ops.multiply, ops.transpose
    with symbolic_scope():
        one = constant(np.ones((2, 3), "float32"))
        yield "multiply_by_one", X * 1.0, X
        yield "multiply_by_one", one * X, X
        yield "divide_by_one", X / 1.0, X
        yield "add_zero", 0.0 + X, X
        yield "subtract_zero", X - 0.0, X
        power, two = get_op("power"), constant(2.0)
        yield "small_powers", power(X, two), multiply(X, X)
        yield "add_negative", X + (-Y), X - Y
        yield "join_transposes", transpose(transpose(X, (1, 0)), (1, 0)), X
        yield "join_reshapes", ops.reshape(ops.reshape(X, (6,)), (2, 3)), X
        yield (
            "join_reshapes",
            ops.reshape(ops.reshape(X, (6,)), (3, 2)),
            ops.reshape(X, (3, 2)),
        )
        yield "join_casts", ops.cast(ops.cast(X, "float64"), "float32"), X
        yield "log_of_softmax", ops.log(ops.softmax(X)), ops.log_softmax(X)
        yield "log_of_sigmoid", ops.log(ops.sigmoid(X)), ops.log_sigmoid(X)
        yield "log_of_one_plus", ops.log(1.0 + X), ops.log1p(X)
        yield "exp_minus_one", ops.exp(X) - 1.0, ops.expm1(X)
        kept = ops.sum(ops.sum(X, axis=0, keepdims=True), axis=0, keepdims=True)
        yield "reduce_no_axes", kept, ops.sum(X, axis=0, keepdims=True)
        small, large, zeros = X < 2.0, X > 1.0, ops.zeros((2, 3))
        yield (
            "join_conditions",
            ops.where(small, ops.where(large, X, zeros), zeros),
            ops.where(ops.logical_and(large, small), X, zeros),
        )


CASES = list(_cases())


def _stage(name: str) -> str:
    for stage, table in RULES.items():
        if any(f.__name__ == name for rules in table.values() for f in rules):
            return stage
    raise LookupError(name)


@pytest.mark.parametrize(
    "name, before, after",
    [pytest.param(*c, id=f"{c[0]}-{i}") for i, c in enumerate(CASES)],
)
def test_rule(name, before, after):
    count = fired[name]
    with symbolic_scope():
        (result,) = sweep([before], [applying(_stage(name))])
    assert fired[name] > count
    assert place(result) == place(after)


def test_every_rule_has_a_case():
    names = {
        function.__name__
        for table in RULES.values()
        for rules in table.values()
        for function in rules
    }
    assert names == {name for name, _, _ in CASES}


@pytest.mark.parametrize(
    "build",
    [
        lambda: ROW * constant(np.ones((2, 3), "float32")),
        lambda: X**3.0,
        lambda: ops.cast(ops.cast(X, "int32"), "float32"),
        lambda: ops.transpose(X, (1, 0)),
    ],
)
def test_rules_leave_alone_what_they_must(build):
    tensor = build()
    with symbolic_scope():
        (result,) = sweep([tensor], [applying("algebra")])
    assert place(result) == place(tensor)


class TestPasses:
    def test_specialise_makes_sizes_exact_and_merges(self):
        x, exact = placeholder((None, 3)), placeholder((4, 3))
        with symbolic_scope():
            wide = ops.reshape(x, (ops.shape(x)[0], 3, 1)) + ops.reshape(x, (-1, 3, 1))
            (result,) = specialise([x], [wide], [exact], {})
        assert result.shape == (4, 3, 1)
        assert [n.op.name for n in topological([result])] == [
            "placeholder",
            "reshape",
            "add",
        ]

    def test_fold_computes_constants_but_not_random_numbers(self):
        from kerasish.backend import random

        with symbolic_scope():
            known = ops.exp(constant([1.0, 2.0])) + 1.0
            drawn = random.uniform((2,), seed=1)
            results = sweep([known, drawn], [folding(get_device("numpy"))])
        assert results[0].node.op.name == "constant"
        assert any(n.op.impure and n.inputs for n in topological(results[1:]))

    def test_lower_expands_composites_without_kernels(self):
        with symbolic_scope():
            (result,) = sweep([ops.softmax(X)], [lowering(get_device("numpy"))])
        device = get_device("numpy")
        for node in topological([result]):
            specs = tuple(t.spec for t in node.inputs)
            assert not node.inputs or device.kernel(node.op, specs, node.attrs)

    def test_the_checker_names_the_pass(self):
        with pytest.raises(GraphError, match="broken_pass"):
            check_pass("broken_pass", [X], [ROW])

    def test_a_rule_that_changes_values_is_named(self, monkeypatch):
        def doubled_exp(node):
            return ops.exp(node.inputs[0]) * 2.0

        monkeypatch.setenv("KERASISH_CHECK", "2")
        monkeypatch.setitem(RULES["algebra"], "sinh", [doubled_exp])
        with pytest.raises(GraphError, match="(?s)'algebra'.*doubled_exp"):
            Function([X], [ops.sinh(X)])(np.ones((2, 3)))

    def test_optimised_graph_computes_the_same(self):
        with symbolic_scope():
            z = ops.log(1.0 + ops.exp(X * 1.0)) - (-Y) + 0.0
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(2, 2, 3)).astype("float32")
        np.testing.assert_allclose(
            Function([X, Y], [z])(x, y)[0], np.log1p(np.exp(x)) + y, rtol=1e-6
        )

    def test_cost_is_one_visit_a_node_and_pass(self, monkeypatch):
        monkeypatch.setenv("KERASISH_CHECK", "1")
        visits = []
        from kerasish.backend.graph import walk

        original = walk.renewed
        monkeypatch.setattr(
            "kerasish.backend.rewrite.sweep.renewed",
            lambda node, inputs: visits.append(node) or original(node, inputs),
        )
        tensor: Tensor = X
        for _ in range(200):
            tensor = ops.exp(tensor) * Y
        with symbolic_scope():
            optimise(
                [X, Y], [tensor], [placeholder((2, 3))] * 2, {}, get_device("numpy")
            )
        assert 402 <= len(visits) <= 2 * 402
