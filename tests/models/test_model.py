"""Models in general: subclasses, compiled calls, copies, errors, summaries."""

import copy
import gc
import pickle
import time

import numpy as np
import pytest

import kerasish as keras
from kerasish import layers, ops
from kerasish.errors import ShapeError
from kerasish.models.table import column_widths, wrapped

X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


class Twin(keras.Model):
    """Two layers in a list, and a count of how often Python ran `call`."""

    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.parts = [layers.Dense(units), layers.Dense(2)]
        self.factor = 1.0
        self.runs = [0]

    def call(self, x, training=False):
        self.runs[0] += 1
        for part in self.parts:
            x = part(x)
        return -x if training else x * self.factor


def test_a_subclass_is_built_by_its_first_call():
    model = Twin(name="twin")
    assert not model.built and model.layers == model.parts
    assert model(X).shape == (5, 2) and model.built
    assert model.weights[0].path.startswith("twin/")


def test_build_makes_the_weights_of_a_subclass():
    model = Twin()
    model.build((None, 4))
    assert model.built and model.count_params() == 15 + 8


def test_a_subclass_that_cannot_be_built_by_a_shape_says_why():
    class Two(keras.Model):
        def call(self, x):
            return x["a"]

    with pytest.raises(ValueError, match="cannot be built"):
        Two().build((None, 4))


def test_a_build_that_hands_on_to_the_base_leaves_the_rest_to_the_call():
    class Pair(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)

        def build(self, input_shape):
            self.shift = self.add_weight((2,), "ones", name="shift")
            super().build(input_shape)

        def call(self, x, other):
            return self.dense(x) + self.dense(other) + self.shift

    model = Pair()
    assert model(X, X).shape == (5, 2)
    assert len(model.weights) == 3


def test_calls_on_arrays_run_compiled():
    model = Twin()
    model(X)
    before = model.runs[0]
    for _ in range(5):
        model(X)
    model(X[:2])
    assert model.runs[0] <= before + 1


def test_one_trace_serves_all_sizes_that_a_model_leaves_open():
    runs = []

    class Counting(layers.Layer):
        def call(self, x):
            runs.append(x.shape)
            return x * 2.0

    x = keras.Input((None, 2))
    model = keras.Model(x, Counting()(x))
    before = len(runs)
    for length in range(1, 30):
        assert model(np.ones((1, length, 2))).shape == (1, length, 2)
    assert runs[before:] == [(None, None, 2)]


def test_a_changed_attribute_is_seen_by_the_next_call():
    model = Twin()
    first = model(X).numpy()
    model.factor = 3.0
    np.testing.assert_allclose(model(X).numpy(), 3 * first, rtol=1e-6)
    model.parts[1].activation = keras.activations.get("relu")
    assert model(X).numpy().min() >= 0


def test_training_selects_another_function():
    model = Twin()
    np.testing.assert_allclose(model(X, training=True).numpy(), -model(X).numpy())


def test_new_weights_are_seen():
    model = Twin()
    model(X)
    model.set_weights([w * 0 for w in model.get_weights()])
    assert not model(X).numpy().any()


def test_python_control_flow_on_values_falls_back_to_layers():
    class Branching(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, x):
            return self.dense(x) if ops.sum(x) > 0 else ops.zeros((1, 1))

    model = Branching()
    model(np.ones((2, 4)))
    assert model(np.ones((2, 4))).shape == (2, 1)
    assert model(-np.ones((2, 4))).shape == (1, 1)


def test_losses_of_a_compiled_call_have_values():
    class Paying(layers.Layer):
        def call(self, x):
            self.add_loss(ops.sum(x))
            return x

    model = keras.Sequential([keras.Input((2,)), Paying()])
    for scale in (1.0, 2.0, 3.0):
        model(np.full((2, 2), scale))
        assert [float(loss) for loss in model.losses] == [4.0 * scale]


def test_masks_come_out_of_a_compiled_call():
    x = keras.Input((3,), dtype="int32")
    model = keras.Model(x, layers.Embedding(4, 2, mask_zero=True)(x))
    for _ in range(2):
        mask = model(np.array([[1, 0, 2]])).mask
        np.testing.assert_array_equal(mask.numpy(), [[True, False, True]])


def test_outputs_of_a_call_stay_valid():
    model = Twin()
    model(X)
    first = model(X)
    kept = first.numpy().copy()
    model(X * 100)
    np.testing.assert_array_equal(first.numpy(), kept)


def test_a_call_on_one_row_is_fast_and_keeps_no_memory():
    model = keras.Sequential([keras.Input((13,)), layers.Dense(1)])
    row = np.ones((1, 13), "float32")
    model(row)
    gc.collect()
    before = len(gc.get_objects())
    best = np.inf
    for _ in range(20):
        start = time.perf_counter()
        for _ in range(50):
            model(row)
        best = min(best, (time.perf_counter() - start) / 50)
    gc.collect()
    assert len(gc.get_objects()) < before + 200
    assert best < 1.5e-3


def test_under_a_tape_the_layers_run_one_by_one():
    model = Twin()
    model(X)
    with keras.GradientTape() as tape:
        loss = ops.sum(model(X))
    gradients = tape.gradient(loss, model.trainable_variables)
    assert [g.shape for g in gradients] == [w.shape for w in model.trainable_variables]


def test_run_eagerly_calls_python_each_time():
    model = Twin()
    model.compile("sgd", "mse", run_eagerly=True)
    model(X)
    before = model.runs[0]
    model(X)
    model(X)
    assert model.runs[0] == before + 2


def test_deepcopy_of_a_compiled_subclass():
    model = Twin()
    model.compile("adam", "mse")
    model.fit(X, X[:, :2], verbose=0)
    other = copy.deepcopy(model)
    np.testing.assert_array_equal(other(X).numpy(), model(X).numpy())
    other.fit(X, X[:, :2], verbose=0)
    assert np.abs(other(X).numpy() - model(X).numpy()).max() > 0


def test_pickle_of_a_trained_model_goes_on_alike():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    model.compile("adam", "mse")
    model.fit(X, X[:, :2], verbose=0, shuffle=False)
    other = pickle.loads(pickle.dumps(model))
    for _ in range(2):
        assert model.train_on_batch(X, X[:, :2]) == other.train_on_batch(X, X[:, :2])


def test_config_of_a_subclass_round_trip():
    again = Twin.from_config(Twin(units=7).get_config())
    assert again.units == 7


def test_a_model_without_call_says_so():
    class Empty(keras.Model):
        pass

    with pytest.raises(NotImplementedError, match="call"):
        Empty()(X)


def test_layers_is_reserved():
    class Wrong(keras.Model):
        def __init__(self):
            super().__init__()
            self.layers = [layers.Dense(1)]

    with pytest.raises(AttributeError, match="reserved"):
        Wrong()


def test_get_layer_wants_one_argument():
    model = Twin()
    with pytest.raises(ValueError, match="name or an index"):
        model.get_layer()
    with pytest.raises(ValueError, match="2 layers"):
        model.get_layer(index=5)


def test_set_weights_of_a_wrong_number():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    with pytest.raises(ValueError, match="2 weights"):
        model.set_weights([np.ones((4, 2))])
    with pytest.raises(ShapeError):
        model.set_weights([np.ones((4, 3)), np.ones(2)])


def test_clone_with_a_function_and_new_inputs():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2, name="d")])
    wide = keras.models.clone_model(
        model, clone_function=lambda layer: layers.Dense(9, name=layer.name)
    )
    assert wide.output_shape == (None, 9)
    x = keras.Input((4,))
    functional = keras.Model(x, layers.Dense(2)(x) + 1.0)
    y = keras.Input((4,), name="other")
    copied = keras.models.clone_model(functional, input_tensors=y)
    assert copied.input is y and copied.output_shape == (None, 2)
    with pytest.raises(ValueError, match="clone_function"):
        keras.models.clone_model(Twin(), clone_function=lambda layer: layer)


def test_summary_of_a_chain(capsys):
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(3, name="one")], name="chain"
    )
    model.summary(line_length=60)
    assert capsys.readouterr().out.splitlines() == [
        'Model: "chain"',
        "┏━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━┓",
        "┃ Layer (type)             ┃ Output Shape      ┃   Param # ┃",
        "┡━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━┩",
        "│ one (Dense)              │ (None, 3)         │        15 │",
        "└──────────────────────────┴───────────────────┴───────────┘",
        " Total params: 15 (60.00 B)",
        " Trainable params: 15 (60.00 B)",
        " Non-trainable params: 0 (0.00 B)",
    ]


def test_summary_of_a_branching_model_shows_connections():
    a = keras.Input((4,), name="a")
    inner = keras.Sequential(
        [keras.Input((4,)), layers.Dense(4, name="hidden")], name="inner"
    )
    out = layers.Add(name="sum")([a, inner(a)]) + 1.0
    lines = []
    model = keras.Model(a, out)
    model.summary(print_fn=lines.append, expand_nested=True, show_trainable=True)
    text = lines[0]
    for part in ("Connected to", "inner[0][0]", "└ hidden", "add (Add)", "Trainable"):
        assert part in text
    model.summary(print_fn=lines.append, layer_range=("inner", "sum"))
    assert "a (InputLayer)" not in lines[1] and "sum (Add)" in lines[1]
    with pytest.raises(ValueError, match="layer_range"):
        model.summary(layer_range=("nothing", "sum"))


def test_summary_before_building():
    lines = []
    keras.Sequential([layers.Dense(3)]).summary(print_fn=lines.append)
    assert "0 (unbuilt)" in lines[0] and "?" in lines[0]


def test_columns_and_wrapping():
    assert column_widths([0.45, 0.80, 1.0], 60) == [26, 19, 11]
    assert sum(column_widths([0.3, 0.56, 0.74, 1.0], 90)) + 5 == 90
    assert wrapped("averyveryverylong (Dense)", 8) == ["averyve…", "(Dense)"]


def test_steps_may_run_eagerly_before_compile():
    seen = []

    class Watched(keras.Model):
        def call(self, x):
            seen.append(x.is_symbolic)
            return x

    model = Watched()
    model.run_eagerly = True
    model.predict(np.ones((4, 2)), batch_size=2, verbose=0)
    assert model.run_eagerly and seen == [False, False]
