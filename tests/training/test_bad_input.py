"""Each mistake gives one clear error, before the first step, and the model lives on."""

import warnings

import numpy as np
import pandas as pd
import pytest

import kerasish as keras
from kerasish.errors import DTypeError, ShapeError

RANDOM = np.random.default_rng(1)
X = RANDOM.standard_normal((12, 4)).astype("float32")
LABELS = RANDOM.integers(0, 3, 12)
ONE_HOT = np.eye(3)[LABELS]


def model_with(units=3, loss="sparse_categorical_crossentropy", metrics=None):
    model = keras.Sequential(
        [
            keras.Input((4,), name="flowers"),
            keras.layers.Dense(units, "softmax", name="kind"),
        ]
    )
    model.compile("sgd", loss, metrics=metrics)
    return model


def fit(model, x, y, **options):
    return model.fit(x, y, batch_size=4, verbose=0, **options)


def works(model, y=LABELS):
    assert np.isfinite(fit(model, X, y).history["loss"][0])
    assert model.predict(X, verbose=0).shape[0] == 12


def refuses(model, x, y, match, error=ValueError, good=LABELS, **options):
    before = model.get_weights()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for action in (fit, lambda m, a, b, **o: m.train_on_batch(a, b)):
            with pytest.raises(error, match=match) as caught:
                action(model, x, y, **options)
            assert len(str(caught.value)) < 600
    for weight, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, old)
    works(model, good)


def test_wrong_width():
    refuses(model_with(), X[:, :3], LABELS, "flowers|kind")
    model = model_with()
    works(model)
    with pytest.raises(ShapeError, match="3"):
        model.predict(X[:, :3], verbose=0)
    with pytest.raises(ShapeError, match="3"):
        model.evaluate(X[:, :3], LABELS, verbose=0)
    works(model)


def test_wrong_rank():
    refuses(model_with(), X[:, :, None, None], LABELS, "flowers|kind")


def test_different_numbers_of_samples():
    refuses(model_with(), X, LABELS[:11], "same number of samples")
    with pytest.raises(ShapeError, match="x: 12, y: 11"):
        fit(model_with(), X, LABELS[:11])
    with pytest.raises(ShapeError, match="sample_weight: 3"):
        fit(model_with(), X, LABELS, sample_weight=np.ones(3))


@pytest.mark.parametrize("bad", [3, -1])
def test_labels_out_of_range(bad):
    labels = LABELS.copy()
    labels[7] = bad
    match = "from 0 to 2, because the output has 3 classes"
    refuses(model_with(), X, labels, match)
    refuses(model_with(), X, labels[:, None], match)
    with pytest.raises(ValueError, match=match):
        model_with().evaluate(X, labels, verbose=0)
    with pytest.raises(ValueError, match=match):
        model_with().fit(iter([(X, labels)]), verbose=0)


def test_an_ignored_label_is_no_mistake():
    loss = keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)
    labels = LABELS.copy()
    labels[7] = -1
    works(model_with(loss=loss), labels)


def test_one_hot_labels_with_a_sparse_loss():
    refuses(model_with(), X, ONE_HOT, "categorical_crossentropy")
    refuses(model_with(metrics=["accuracy"]), X, ONE_HOT, "categorical_crossentropy")


def test_class_numbers_with_a_one_hot_loss():
    model = model_with(loss="categorical_crossentropy", metrics=["accuracy"])
    refuses(model, X, LABELS, "sparse_categorical_crossentropy", good=ONE_HOT)
    model = model_with(loss="categorical_crossentropy")
    refuses(model, X, LABELS[:, None], "sparse_categorical", good=ONE_HOT)


@pytest.mark.parametrize(
    "loss", ["mse", "mae", "binary_crossentropy", "hinge", "huber"]
)
@pytest.mark.parametrize("shape", [(12,), (12, 1), (12, 3), (12, 2, 1, 1)])
def test_targets_of_another_width(loss, shape):
    model = model_with(2, loss)
    good = np.zeros((12, 2))
    refuses(model, X, np.zeros(shape), r"\(None, 2\)|2", good=good)


def test_object_arrays_and_strings():
    ragged = np.array([[1.0], [1.0, 2.0]] * 6, dtype=object)
    refuses(model_with(), ragged, LABELS, "must hold numbers.*padded", DTypeError)
    refuses(model_with(), X.astype(str), LABELS, "strings", DTypeError)
    refuses(model_with(), X, LABELS.astype(str), "y must hold numbers", DTypeError)
    names = pd.DataFrame({"a": ["x"] * 12, "b": [1.0] * 12})
    refuses(model_with(), names, LABELS, "Turn the strings into numbers", DTypeError)
    refuses(model_with(), "a path", LABELS, "must be an array", DTypeError)
    rows = [[1.0, 2.0, 3.0, 4.0]] * 11 + [[1.0]]
    refuses(model_with(), rows, LABELS, "different lengths", ShapeError)


def test_nan_warns_once_and_names_the_input():
    x = X.copy()
    x[3, 1] = np.nan
    model = model_with()
    with pytest.warns(UserWarning, match="(?s)input 'flowers'.*number 3") as caught:
        fit(model, x, LABELS)
        fit(model, x, LABELS)
    assert len(caught) == 1
    with pytest.warns(UserWarning, match="sample_weight holds NaN"):
        fit(model_with(), X, LABELS, sample_weight=np.full(12, np.nan))


def test_unknown_names_are_refused_by_compile():
    model = model_with()
    with pytest.raises(ValueError, match="Did you mean 'adam'"):
        model.compile("adamm", "mse")
    with pytest.raises(ValueError, match="Did you mean 'mean_squared_error'"):
        model.compile("sgd", "mean_square_error")
    with pytest.raises(ValueError, match="(?i)did you mean '.*accuracy'"):
        model.compile("sgd", "mse", metrics=["acuracy"])
    with pytest.raises(TypeError, match="metric"):
        model.compile("sgd", "mse", metric=["accuracy"])
    with pytest.raises(ValueError, match="must be a list"):
        model.compile("sgd", "mse", metrics="accuracy")
    works(model)


def test_a_model_that_is_not_compiled():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    for action in ("fit", "evaluate", "train_on_batch", "test_on_batch"):
        with pytest.raises(ValueError, match="call compile"):
            getattr(model, action)(X, LABELS)
    assert model.predict(X, verbose=0).shape == (12, 3)
    model.compile("sgd", "mse")
    works(model, np.zeros((12, 3)))


def test_missing_data():
    refuses(model_with(), X[:0], LABELS[:0], "no samples")
    refuses(model_with(), X, None, "pass y")
    with pytest.raises(ValueError, match="x is missing"):
        fit(model_with(), None, LABELS)
    for action in (model_with().evaluate, model_with().predict):
        with pytest.raises(ValueError, match="no batches"):
            with pytest.warns(UserWarning, match="ran out of data"):
                action(iter([]), verbose=0)
    with pytest.raises(ValueError, match="no samples"):
        model_with().predict(X[:0], verbose=0)


def test_a_source_of_batches_has_its_own_targets():
    with pytest.raises(ValueError, match="y must not be given"):
        fit(model_with(), iter([(X, LABELS)]), LABELS)


def test_a_model_without_a_loss():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    model.compile("sgd")
    with pytest.raises(ValueError, match="has no loss"):
        fit(model, X, LABELS)


def test_settings_that_do_not_fit_the_outputs():
    inputs = keras.Input((4,))
    outputs = [keras.layers.Dense(1, name=name)(inputs) for name in ("age", "size")]
    model = keras.Model(inputs, outputs)
    y = [np.zeros((12, 1))] * 2
    model.compile("sgd", {"age": "mse", "sise": "mse"})
    with pytest.raises(ValueError, match="no output 'sise'. Did you mean 'size'"):
        fit(model, X, y)
    model.compile("sgd", ["mse"] * 3)
    with pytest.raises(ValueError, match="3 entries, but the model has 2 outputs"):
        fit(model, X, y)
    model.compile("sgd", "mse", loss_weights=[1.0])
    with pytest.raises(ValueError, match="loss_weights has 1 entries"):
        fit(model, X, y)
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="1 arrays for 2 outputs"):
        fit(model, X, y[0])
    with pytest.raises(ValueError, match="no output 'sise'"):
        fit(model, X, {"age": y[0], "sise": y[1]})
    model.compile("sgd", {"age": "mse"})
    with pytest.warns(UserWarning, match="size/kernel"):
        history = fit(model, X, {"age": y[0]}).history
    assert list(history) == ["loss"]


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"verbose": 3}, "verbose must be"),
        ({"validation_freq": 0, "validation_data": (X, LABELS)}, "validation_freq"),
        ({"steps_per_epoch": -1}, "positive integer"),
        (
            {"class_weight": {0: 1.0}, "x": {"flowers": X}, "y": [LABELS, LABELS]},
            "target",
        ),
    ],
)
def test_options_that_have_no_meaning(options, match):
    options = {"x": X, "y": LABELS, "verbose": 0} | options
    with pytest.raises(ValueError, match=match):
        model_with().fit(**options)


@pytest.mark.parametrize("size", [0, -4, 2.5, True])
def test_batch_sizes_that_have_no_meaning(size):
    with pytest.raises(ValueError, match="batch_size must be a positive integer"):
        model_with().fit(X, LABELS, batch_size=size, verbose=0)
    with pytest.raises(ValueError, match="batch_size must be a positive integer"):
        model_with().predict(X, batch_size=size, verbose=0)


def test_a_step_that_returns_no_logs():
    class Odd(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1)

        def call(self, x):
            return self.dense(x)

        def train_step(self, data):
            return 3.0

    model = Odd()
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match="must return a dict"):
        fit(model, X, LABELS)


def test_a_fixed_batch_size():
    model = keras.Sequential(
        [keras.Input((4,), batch_size=4), keras.layers.Dense(3, "softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    for options in ({"x": X[:10], "y": LABELS[:10]}, {"batch_size": 3}):
        with pytest.raises(ShapeError, match="fixed batch size of 4"):
            model.fit(**{"x": X, "y": LABELS, "verbose": 0} | options)
    with pytest.raises(ShapeError, match="1 samples"):
        model.predict(X[:1], verbose=0)
    history = model.fit(X, LABELS, verbose=0)
    assert history.params["steps"] == 3
    works(model)


@pytest.mark.parametrize("weights", ["auto", [1.0, 2.0], np.ones(2)])
def test_class_weights_are_a_dict(weights):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.zeros((4, 2)), np.array([0, 1, 0, 1])
    with pytest.raises(TypeError, match="dict"):
        model.fit(x, y, class_weight=weights, verbose=0)
    model.fit(x, y, class_weight={}, verbose=0)
