"""What layers cost, and how the table of a model tells it."""

import numpy as np
import pytest

import kerasish as keras
from kerasish import layers, ops
from kerasish.backend.graph import placeholder, symbolic_scope
from kerasish.models.costs import Cost, count_operations, layer_costs
from kerasish.models.summary import readable_count


def chain(*parts, shape=(6,)):
    return keras.Sequential([keras.Input(shape), *parts])


# Layers, the shape of a sample, and their operations counted by hand.
CASES = {
    "dense": (lambda: layers.Dense(5), (4,), 2 * 4 * 5 + 5),
    "activation": (lambda: layers.Dense(5, "relu", use_bias=False), (4,), 40 + 5),
    "conv": (
        lambda: layers.Conv2D(3, 2, use_bias=False),
        (5, 6, 2),
        2 * (4 * 5 * 3) * (2 * 2 * 2),
    ),
    "depthwise": (
        lambda: layers.DepthwiseConv2D(3, use_bias=False),
        (5, 5, 4),
        2 * (3 * 3 * 4) * 9,
    ),
    "transposed": (
        lambda: layers.Conv1DTranspose(3, 2, 2, use_bias=False),
        (5, 2),
        2 * 5 * 2 * 2 * 3,
    ),
    "einsum": (
        lambda: layers.EinsumDense("abc,cd->abd", (3, 7)),
        (3, 4),
        2 * 3 * 4 * 7,
    ),
    "pooling": (lambda: layers.MaxPooling1D(2), (6, 3), 18),
    "moved": (lambda: layers.Flatten(), (6, 3), 0),
    "dropout": (lambda: layers.Dropout(0.5), (6, 3), 0),
    "sum": (lambda: layers.GlobalAveragePooling1D(), (6, 3), 18),
}


@pytest.mark.parametrize("name", CASES)
def test_operations_of_layers(name):
    make, shape, expected = CASES[name]
    layer = make()
    cost = layer_costs(chain(layer, shape=shape))[id(layer)]
    assert cost.operations == expected
    outputs = layer.output.shape[1:]
    assert cost.memory == 4 * np.prod(outputs)


def test_loops_count_each_step():
    one, seven = layers.GRU(3), layers.GRU(3)
    single = layer_costs(chain(one, shape=(1, 5)))[id(one)].operations
    many = layer_costs(chain(seven, shape=(7, 5)))[id(seven)].operations
    products = 2 * (5 + 3) * 9
    assert single > products
    assert 6.5 * single < many < 7.5 * single
    cell = layers.RNN(layers.SimpleRNNCell(3), unroll=False)
    found = layer_costs(chain(cell, shape=(4, 5)))[id(cell)].operations
    assert found >= 4 * 2 * (5 + 3) * 3


def test_branches_loops_and_reductions():
    x = placeholder((3, 4))
    with symbolic_scope():
        total = ops.sum(x)
        branch = ops.cond(total > 0, lambda: ops.exp(x), lambda: x)
        loop = ops.while_loop(
            lambda i, v: i < 5,
            lambda i, v: (i + 1, v * v),
            (0, x),
            maximum_iterations=5,
        )
    assert count_operations([total]) == 12
    assert count_operations([branch]) == 12 + 1 + 12
    assert count_operations(list(loop)[1:]) >= 5 * 12


def test_shared_and_inner_layers_and_ops():
    shared = layers.Dense(6, use_bias=False)
    inner = chain(layers.Dense(2, use_bias=False))
    x = keras.Input((6,))
    model = keras.Model(x, inner(shared(shared(x)) * 3.0))
    costs = layer_costs(model)
    assert costs[id(shared)] == Cost(2 * 2 * 36, 2 * 24)
    assert costs[id(inner)] == Cost(2 * 12, 8)
    assert sum(cost.operations for cost in costs.values()) == 144 + 24 + 6


def test_a_fixed_batch_counts_one_sample():
    layer = layers.Dense(5)
    x = keras.Input(batch_shape=(8, 4))
    assert layer_costs(keras.Model(x, layer(x)))[id(layer)] == Cost(45, 20)


def test_open_sizes_and_classes():
    dense = layers.Dense(2)
    x = keras.Input((None, 3))
    model = keras.Model(x, dense(x))
    assert id(dense) not in layer_costs(model)
    lines = []
    model.summary(print_fn=lines.append, flops=True)
    assert "?" in lines[0]

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(5)
            self.late = layers.Dense(5)

        def call(self, x):
            return self.dense(x)

    own = Own()
    own(np.zeros((2, 4)))
    assert layer_costs(own)[id(own.dense)].operations == 45
    assert id(own.late) not in layer_costs(own)


def test_counting_changes_nothing():
    model = chain(
        layers.BatchNormalization(), layers.Dropout(0.5), layers.LSTM(2), shape=(4, 3)
    )
    model.compile("sgd", "mse")
    before = [weight.numpy() for weight in model.variables]
    calls = [len(layer._inbound_nodes) for layer in model.layers]
    layer_costs(model)
    assert calls == [len(layer._inbound_nodes) for layer in model.layers]
    for old, new in zip(before, model.variables):
        np.testing.assert_array_equal(old, new.numpy())


def test_the_table_tells_costs(capsys):
    model = keras.Sequential(
        [
            keras.Input((4,)),
            chain(layers.Dense(5, name="in"), shape=(4,)),
            layers.Dense(1, name="out"),
        ]
    )
    model.summary(flops=True, expand_nested=True, show_trainable=True, line_length=100)
    text = capsys.readouterr().out
    rows = {line.split()[1]: line for line in text.splitlines() if line[0] == "│"}
    cells = [cell.strip() for cell in rows["out"].split("│")]
    assert cells[4:7] == ["Y", "11", "28.00 B"]
    assert " 45 │" in rows["└"]
    assert "FLOPs of a sample: 56" in text
    assert "Memory of the results of a sample: 24.00 B" in text
    model.summary(line_length=60)
    assert "FLOPs" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0"), (999, "999"), (1500, "1.50 K"), (2e15, "2000.00 T")]
)
def test_large_numbers(count, text):
    assert readable_count(count) == text
