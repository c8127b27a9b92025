"""Functional models: replay of layer calls, structures, configurations, copies."""

import copy
import pickle

import numpy as np
import pytest

import kerasish as keras
from kerasish import layers, ops
from kerasish.errors import GraphError, ShapeError

X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


def rebuilt_from_json(model):
    return keras.models.model_from_json(model.to_json())


def copies_of(model):
    """The model, copied in every way, with equal weights."""
    made = [
        copy.deepcopy(model),
        pickle.loads(pickle.dumps(model)),
        rebuilt_from_json(model),
        keras.Model.from_config(model.get_config()),
        keras.models.clone_model(model),
    ]
    for other in made:
        other.set_weights(model.get_weights())
    return made


def assert_same(a, b):
    for left, right in zip(keras.tree.flatten(a), keras.tree.flatten(b), strict=True):
        np.testing.assert_allclose(np.asarray(left), np.asarray(right), rtol=1e-6)


def branching():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    shared = layers.Dense(3, name="shared")
    inner_in = keras.Input((3,))
    inner = keras.Model(inner_in, layers.Dense(3)(inner_in) * 2.0, name="inner")
    h = layers.Add()([shared(a), inner(shared(b))])
    h = ops.concatenate([h, ops.relu(a) - 1.0], axis=-1)
    return keras.Model([a, b], [layers.Dense(2)(h), inner(inner(shared(a)))])


def test_branches_shared_layers_inner_models_and_free_ops_agree_with_numpy():
    model = branching()
    w = {v.path: v.numpy() for v in model.weights}
    dense = {k.split("/")[0] for k in w}
    kernel, bias = w["shared/kernel"], w["shared/bias"]
    inner, last = model.get_layer("inner"), model.layers[-1]
    if last is inner:
        last = next(x for x in model.layers if x.name.startswith("dense"))
    k, c = inner.get_weights()

    def run_inner(x):
        return (x @ k + c) * 2.0

    hidden = X @ kernel + bias
    joined = np.concatenate([hidden + run_inner(hidden), np.maximum(X, 0) - 1], -1)
    kernel, bias = last.get_weights()
    expected = [joined @ kernel + bias, run_inner(run_inner(hidden))]
    assert len(dense) == 3
    for result, value in zip(model([X, X]), expected):
        np.testing.assert_allclose(result.numpy(), value, rtol=1e-5, atol=1e-6)


def test_every_copy_computes_the_same_and_shares_nothing():
    model = branching()
    expected = model.predict([X, X], verbose=0)
    for other in copies_of(model):
        assert_same(other.predict([X, X], verbose=0), expected)
        assert not {id(w) for w in other.weights} & {id(w) for w in model.weights}
        other.set_weights([w * 0 for w in other.get_weights()])
    assert_same(model.predict([X, X], verbose=0), expected)


def test_layers_are_replayed_with_their_attributes_of_the_moment():
    x = keras.Input((4,))
    dropout = layers.Dropout(0.9)
    model = keras.Model(x, dropout(x))
    assert (model(X, training=True).numpy() == 0).any()
    dropout.rate = 0.0
    assert_same(model(X, training=True), X)
    assert_same(model(X), X)


def test_training_given_at_building_stays_in_force():
    x = keras.Input((4,))
    model = keras.Model(x, layers.Dropout(0.9)(x, training=False))
    assert_same(model(X, training=True), X)


def test_random_layers_draw_anew_at_each_call():
    x = keras.Input((4,))
    model = keras.Model(x, layers.GaussianNoise(1.0)(x))
    first, second = (model(X, training=True).numpy() for _ in range(2))
    assert np.abs(first - second).max() > 0.1


def test_state_is_updated_by_calls_on_arrays():
    x = keras.Input((4,))
    norm = layers.BatchNormalization()
    model = keras.Model(x, norm(x))
    model(X)
    assert not norm.moving_mean.numpy().any()
    model(X, training=True)
    assert_same(norm.moving_mean.numpy(), 0.01 * X.mean(0))


@pytest.mark.parametrize("kind", ["dict", "list", "nested"])
def test_structures_of_inputs_and_outputs(kind):
    a, b = keras.Input((4,), name="a"), keras.Input((2,), name="b")
    both = layers.Concatenate()([a, b])
    inputs = {"dict": {"p": a, "q": b}, "list": [a, b], "nested": [a, [b]]}[kind]
    values = {"dict": {"p": X, "q": X[:, :2]}, "list": [X, X[:, :2]]}
    values["nested"] = [X, [X[:, :2]]]
    model = keras.Model(inputs, {"sum": both, "more": [both * 2.0, a]})
    result = model(values[kind])
    assert result["more"][0].shape == (5, 6) and result["sum"].shape == (5, 6)
    for other in copies_of(model):
        assert_same(other(values[kind]), result)


def test_inputs_by_name_in_any_order():
    model = branching()
    assert_same(model({"b": X * 2, "a": X}), model([X, X * 2]))
    with pytest.raises(ValueError, match=r"lack the keys \['a'\]"):
        model({"b": X})
    with pytest.raises(ValueError, match="2 inputs"):
        model([X])


def test_one_output_in_a_list_is_that_output():
    x = keras.Input((4,))
    model = keras.Model([x], [layers.Dense(2)(x)])
    assert model(X).shape == (5, 2) and model.output.shape == (None, 2)


def test_keyword_tensors_and_constants_are_replayed():
    x, y = keras.Input((4,)), keras.Input((4,))

    class Mixed(layers.Layer):
        def call(self, first, other=None, weight=None, factor=1.0):
            return first * factor + other * weight

    weight = np.arange(4, dtype="float32")
    out = Mixed()(x, other=y, weight=weight, factor=3.0)
    model = keras.Model([x, y], out)
    assert_same(model([X, X + 1]), 3 * X + (X + 1) * weight)
    with keras.saving.custom_object_scope({"Mixed": Mixed}):
        assert_same(rebuilt_from_json(model)([X, X + 1]), model([X, X + 1]))


def test_masks_reach_later_layers():
    x = keras.Input((3,), dtype="int32")
    h = layers.Embedding(5, 2, mask_zero=True)(x)
    model = keras.Model(x, layers.GlobalAveragePooling1D()(h))
    table = model.get_weights()[0]
    tokens = np.array([[1, 2, 0]])
    assert_same(model(tokens), table[[1, 2]].mean(0, keepdims=True))


def test_the_order_of_layers_is_that_of_keras():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    late = layers.Dense(4, name="late")(b)
    early = layers.Dense(4, name="deep2")(layers.Dense(4, name="deep1")(a))
    model = keras.Model([a, b], layers.Add(name="add")([early, late]))
    names = [layer.name for layer in model.layers]
    assert names == ["a", "deep1", "b", "deep2", "late", "add"]


def test_a_model_between_inner_tensors():
    x = keras.Input((4,))
    first, second = layers.Dense(3), layers.Dense(2)
    h = first(x)
    model = keras.Model(x, second(h))
    lower, upper = keras.Model(x, h), keras.Model(h, model.output)
    assert upper.input_shape == (None, 3)
    assert_same(upper(lower(X)), model(X))
    assert upper.layers[1] is second


def test_disconnected_graphs_name_the_input():
    x, y = keras.Input((4,), name="here"), keras.Input((4,), name="there")
    with pytest.raises(GraphError, match="'there'"):
        keras.Model(x, layers.Dense(2)(y))
    with pytest.raises(GraphError, match="there"):
        keras.Model(x, y + 1.0)


@pytest.mark.parametrize("wrong", [3, np.ones((2, 2)), None])
def test_outputs_that_are_no_tensors_are_refused(wrong):
    with pytest.raises(ValueError, match="symbolic tensors"):
        keras.Model(keras.Input((4,)), wrong)


def test_shape_errors_name_the_input_and_the_model_works_afterwards():
    x = keras.Input((4,), name="pixels")
    model = keras.Model(x, layers.Dense(2)(x))
    with pytest.raises(ShapeError, match=r"'pixels'(.|\n)*got: shape \(2, 5\)"):
        model(np.ones((2, 5)))
    assert model(X).shape == (5, 2)


def test_a_last_axis_of_one_may_be_missing():
    x = keras.Input((1,))
    model = keras.Model(x, x * 2.0)
    assert model(np.ones(5)).shape == (5, 1)


def test_symbolic_losses_and_metrics_of_the_graph():
    x = keras.Input((4,))
    h = layers.Dense(4)(x)
    model = keras.Model(x, h)
    model.add_loss(ops.mean(ops.square(h - x)))
    model.add_metric(ops.sum(h), name="total")
    model.compile("sgd")
    losses = model.fit(X, epochs=3, verbose=0).history
    assert losses["loss"][-1] < losses["loss"][0] and "total" in losses
    assert len(copy.deepcopy(model)._endpoints) == 2


def test_gradients_flow_through_eager_calls():
    x = keras.Input((4,))
    model = keras.Model(x, layers.Dense(1)(x * 2.0))
    with keras.GradientTape() as tape:
        loss = ops.sum(model(X))
    kernel, bias = tape.gradient(loss, model.trainable_variables)
    assert_same(kernel, 2 * X.sum(0)[:, None])
    assert_same(bias, [5.0])


def test_configurations_of_keras_2_are_read():
    def dense(name, source):
        config = {"name": name, "units": 2, "use_bias": False}
        return {
            "class_name": "Dense",
            "name": name,
            "config": config,
            "inbound_nodes": [[[source, 0, 0, {}]]],
        }

    first = {"batch_input_shape": [None, 4], "dtype": "float32", "name": "x"}
    config = {
        "name": "old",
        "layers": [
            {"class_name": "InputLayer", "name": "x", "config": first,
             "inbound_nodes": []},
            dense("d1", "x"),
            dense("d2", "x"),
            {"class_name": "Add", "name": "sum", "config": {"name": "sum"},
             "inbound_nodes": [[["d1", 0, 0, {}], ["d2", 0, 0, {}]]]},
        ],
        "input_layers": [["x", 0, 0]],
        "output_layers": [["sum", 0, 0]],
    }  # fmt: skip
    model = keras.models.model_from_config({"class_name": "Model", "config": config})
    one, two = model.get_weights()
    assert_same(model(X), X @ one + X @ two)


def test_operations_of_keras_3_configurations_are_read():
    def tensor(name):
        keep = {"shape": [None, 4], "dtype": "float32", "keras_history": [name, 0, 0]}
        return {"class_name": "__keras_tensor__", "config": keep}

    config = {
        "name": "new",
        "layers": [
            {"module": "keras.layers", "class_name": "InputLayer", "name": "x",
             "config": {"batch_shape": [None, 4], "name": "x"}, "inbound_nodes": []},
            {"module": "keras.src.ops.numpy", "class_name": "Maximum", "name": "m",
             "config": {"name": "m"},
             "inbound_nodes": [{"args": [tensor("x"), 0.5], "kwargs": {}}]},
        ],
        "input_layers": ["x", 0, 0],
        "output_layers": ["m", 0, 0],
    }  # fmt: skip
    assert_same(keras.Model.from_config(config)(X), np.maximum(X, 0.5))


def test_inconsistent_configurations_are_refused():
    x = keras.Input((4,), name="x")
    config = keras.Model(x, layers.Dense(2, name="d")(x)).get_config()
    config["output_layers"] = ["d", 3, 0]
    with pytest.raises(ValueError, match="inconsistent"):
        keras.Model.from_config(config)


def test_a_subclass_that_passes_inputs_and_outputs_is_functional():
    class Special(keras.Model):
        def __init__(self):
            x = keras.Input((4,))
            super().__init__(inputs=x, outputs=layers.Dense(2)(x))
            self.extra = 3

    model = Special()
    assert isinstance(model, keras.models.Functional) and model.extra == 3
    assert model(X).shape == (5, 2)


def test_long_chains_need_no_recursion():
    x = y = keras.Input((1,))
    for _ in range(3000):
        y = y + 1.0
    model = keras.Model(x, y)
    assert float(model(np.zeros((1, 1)))) == 3000.0


def test_one_input_in_a_list_or_by_name():
    x = keras.Input((4,))
    model = keras.Model(x, layers.Dense(2)(x))
    expected = model(X).numpy()
    for result in (model([X]), model(inputs=X), model.predict([X], verbose=0)):
        np.testing.assert_allclose(result, expected, rtol=1e-6)
    unbuilt = keras.Sequential([layers.Activation("relu"), layers.Dense(2)])
    assert unbuilt.predict([X], verbose=0).shape == (5, 2)


def test_calls_tell_their_layers_as_in_keras_2():
    a, b = keras.Input((4,)), keras.Input((4,))
    split = layers.Lambda(lambda t: [t[:, :2], t[:, 2:]])
    parts = split(b)
    merged = layers.Concatenate()([a, parts[1], split(a)[0]])
    node = keras.Model([a, b], merged).layers[-1].inbound_nodes[0]
    names = [layer.name for layer in node.inbound_layers]
    assert names[1:] == [split.name, split.name]
    assert (node.node_indices, node.tensor_indices) == ([0, 0, 1], [0, 1, 0])
    assert node.outbound_layer is node.layer


def test_models_tell_whether_training_makes_a_difference():
    for layer, expected in ((layers.Dropout(0.5), True), (layers.Dense(2), False)):
        model = keras.Sequential([keras.Input((4,)), layer])
        assert model.uses_learning_phase is expected


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("join", [lambda x, y: x + y, lambda x, y: x * y])
def test_layers_are_in_the_order_in_which_ops_take_them(join, turned):
    x = keras.Input((4,))
    first, second = layers.Dense(3, name="first")(x), layers.Dense(3, name="second")(x)
    joined = join(second, first) if turned else join(first, second)
    names = [layer.name for layer in keras.Model(x, joined).layers if layer.weights]
    assert names == (["second", "first"] if turned else ["first", "second"])


def test_a_subclass_has_its_own_arguments_again_from_its_configuration():
    class Scaled(keras.Model):
        def __init__(self, *args, factor=1, **kwargs):
            super().__init__(*args, **kwargs)
            self.factor = factor

        def get_config(self):
            return {**super().get_config(), "factor": self.factor}

    x = keras.Input((4,))
    model = Scaled(inputs=x, outputs=layers.Dense(2)(x), factor=3)
    assert Scaled.from_config(model.get_config()).factor == 3


def test_an_optional_input_may_be_none_in_all_loops():
    class Shifted(layers.Layer):
        def call(self, x, shift=None):
            return x + 1 if shift is None else x + shift

    x, shift = keras.Input((4,), name="x"), keras.Input((4,), name="o", optional=True)
    model = keras.Model({"x": x, "o": shift}, Shifted()(x, shift))
    model.compile("sgd", "mse")
    data = {"x": X, "o": None}
    np.testing.assert_allclose(model.predict(data, verbose=0), X + 1)
    model.fit(data, X, verbose=0)
    np.testing.assert_allclose(model.evaluate(data, X, verbose=0), 1.0)
    model.fit(({**data}, X) for _ in range(2))


def test_a_copy_of_a_compiled_model_has_an_optimizer_and_metrics_of_its_own():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(4)])
    model.compile(
        keras.optimizers.Adam(0.5), lambda y, p: ops.mean(p - y), metrics=["mae"]
    )
    copied = keras.models.clone_model(model)
    assert copied.compiled and copied.optimizer is not model.optimizer
    assert float(copied.optimizer.learning_rate) == 0.5
    copied.fit(X, X, verbose=0)
    assert float(model.optimizer.iterations) == 0


def test_a_property_may_be_set_before_the_graph_is_given():
    class Backbone(keras.Model):
        def __init__(self):
            self.head = layers.Dense(2)
            x = keras.Input((4,))
            super().__init__(x, self.head(x))

        @property
        def head(self):
            return self._head

        @head.setter
        def head(self, value):
            self._head = value

    model = Backbone()
    assert model.head in model.layers and len(model.weights) == 2


def test_functions_between_symbolic_tensors():
    x = keras.Input((3,))
    hidden = x * 2
    total = keras.Function(hidden, {"sum": keras.ops.sum(hidden, axis=-1)})
    assert total(np.ones((2, 3)))["sum"].numpy().tolist() == [3.0, 3.0]
    assert total(keras.Input((3,)))["sum"].shape == (None,)
    assert total.compute_output_shape((5, 3)) == {"sum": (5,)}
    assert total.inputs[0] is hidden and len(total.outputs) == 1
    with pytest.raises(GraphError, match="disconnected"):
        keras.Function(keras.Input((3,)), hidden)
