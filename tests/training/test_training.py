"""Compile, custom steps, eager runs, frozen layers, losses of layers."""

import copy
import pickle
import warnings

import numpy as np
import pytest

import kerasish as keras
from kerasish import ops
from tests.training.line import RANDOM, X, Y, linear, losses


@pytest.mark.parametrize("eager", [False, True])
def test_training_finds_the_line(eager):
    model = linear()
    model.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=eager)
    losses(model, epochs=60)
    np.testing.assert_allclose(
        model.get_weights()[0][:, 0], [1.0, 0.5, -1.0, 2.0], atol=1e-3
    )


def test_defaults_of_compile():
    model = linear()
    assert not model.compiled
    assert model.optimizer is None
    model.compile(loss="mse")
    assert isinstance(model.optimizer, keras.optimizers.RMSprop)
    assert model.loss == "mse"
    assert model.metrics_names == ["loss"]


def test_train_on_batch_shares_the_step_with_fit():
    model = linear()
    model.compile("sgd", "mse", metrics=["mae"])
    model.train_on_batch(X, Y)
    runner = model._step_runner("train")
    steps = dict(runner._steps)
    model.fit(X, Y, verbose=0)
    assert runner._steps == steps
    assert len(steps) == 1


def test_on_batch_methods_reset_or_gather():
    model = linear()
    model.compile(keras.optimizers.SGD(0.0), "mse", metrics=["mae"])
    first = model.test_on_batch(X[:4], Y[:4])
    second = model.test_on_batch(X[4:8], Y[4:8])
    both = model.test_on_batch(X[:4], Y[:4], reset_metrics=False)
    np.testing.assert_allclose(both, np.mean([first, second], axis=0), rtol=1e-5)
    logs = model.train_on_batch(X[:4], Y[:4], return_dict=True)
    assert list(logs) == ["loss", "mae"]
    np.testing.assert_allclose(list(logs.values()), first, rtol=1e-5)
    assert model.metrics_names == ["loss", "mae"]
    weighted = model.train_on_batch(X, np.ones((20, 1)), class_weight={1: 2.0})
    plain = model.train_on_batch(X, np.ones((20, 1)))
    assert weighted[0] == pytest.approx(2 * plain[0], rel=1e-5)
    np.testing.assert_array_equal(
        model.predict_on_batch(X), model.predict(X, verbose=0)
    )


def test_losses_of_layers_and_regularizers_are_added():
    class Penalty(keras.layers.Layer):
        def call(self, x):
            self.add_loss(3.0 * ops.mean(x**2))
            return x

    inputs = keras.Input((4,))
    outputs = keras.layers.Dense(1, kernel_regularizer="l2")(Penalty()(inputs))
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "mse")
    kernel = model.get_weights()[0]
    expected = np.mean((model.predict(X, verbose=0) - Y) ** 2)
    expected += 3.0 * np.mean(X**2) + 0.01 * np.sum(kernel**2)
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(expected, rel=1e-5)
    assert model.train_on_batch(X, Y) == pytest.approx(expected, rel=1e-5)


def test_metrics_of_layers_are_reported():
    class Watched(keras.layers.Dense):
        def call(self, x):
            self.add_metric(ops.mean(x), name="mean_input")
            return super().call(x)

    model = keras.Sequential([keras.Input((4,)), Watched(1)])
    model.compile("sgd", "mse")
    history = model.fit(X, Y, batch_size=10, verbose=0).history
    assert history["mean_input"][0] == pytest.approx(X.mean(), rel=1e-4)
    assert model.evaluate(X, Y, verbose=0, return_dict=True).keys() == history.keys()


def test_stop_training_within_an_epoch():
    def stop(batch, logs):
        model.stop_training = batch == 1

    model = linear()
    model.compile("sgd", "mse")
    hook = keras.callbacks.LambdaCallback(on_train_batch_end=stop)
    history = model.fit(X, Y, batch_size=4, epochs=9, callbacks=[hook], verbose=0)
    assert len(history.epoch) == 1
    assert int(model.optimizer.iterations) == 2


def test_steps_per_execution_groups_the_hooks():
    ends = []
    hook = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: ends.append(batch)
    )
    model = linear()
    model.compile("sgd", "mse", steps_per_execution=2)
    model.fit(X, Y, batch_size=4, callbacks=[hook], verbose=0)
    assert ends == [1, 3, 4]
    assert int(model.optimizer.iterations) == 5


def test_flags_are_those_of_compile():
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(1)]
    )
    model.layers[0].trainable = False
    model.compile("sgd", "mse")
    frozen = model.get_weights()[0]
    losses(model, 1)
    np.testing.assert_array_equal(model.get_weights()[0], frozen)
    model.layers[0].trainable = True
    with pytest.warns(UserWarning, match="has no effect on training yet"):
        losses(model, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        losses(model, 1)
    np.testing.assert_array_equal(model.get_weights()[0], frozen)
    assert model.layers[0].trainable
    model.compile("sgd", "mse")
    losses(model, 1)
    assert (model.get_weights()[0] != frozen).any()


def test_a_gan_in_the_classic_order():
    generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4)])
    critic = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1, "sigmoid"),
        ]
    )
    critic.compile("adam", "binary_crossentropy")
    critic.trainable = False
    inputs = keras.Input((2,))
    both = keras.Model(inputs, critic(generator(inputs)))
    both.compile("adam", "binary_crossentropy")

    def changed(model, action):
        before = model.get_weights()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            action()
        after = model.get_weights()
        return [bool((a != b).any()) for a, b in zip(before, after)]

    noise, ones = RANDOM.standard_normal((8, 2)), np.ones((8, 1))
    for _ in range(2):
        assert all(changed(critic, lambda: critic.train_on_batch(X[:8], ones)))
        assert not any(changed(critic, lambda: both.train_on_batch(noise, ones)))
        assert all(changed(generator, lambda: both.train_on_batch(noise, ones)))
    assert not critic.trainable


def test_dropout_works_in_training_alone():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dropout(0.3)])
    model.compile("sgd", "mse")
    zeros = model.evaluate(X, X, verbose=0)
    assert zeros == pytest.approx(0.0)
    with pytest.warns(UserWarning, match="no trainable weights"):
        first = model.train_on_batch(X, X)
    assert first > 0.1
    assert model.train_on_batch(X, X) != first
    np.testing.assert_array_equal(model.predict(X, verbose=0), X)


def test_batch_normalisation_learns_its_statistics():
    model = keras.Sequential([keras.Input((4,)), keras.layers.BatchNormalization()])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    model.fit(X + 5.0, X, batch_size=20, epochs=3, verbose=0)
    mean = model.get_weights()[2]
    expected = (1 - 0.99**3) * (X + 5.0).mean(axis=0)
    np.testing.assert_allclose(mean, expected, rtol=1e-4)
    model.predict(X, verbose=0)
    np.testing.assert_array_equal(model.get_weights()[2], mean)


def test_a_learning_rate_set_by_hand_is_used():
    model = linear()
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.train_on_batch(X, Y)
    before = model.get_weights()[0]
    model.optimizer.learning_rate = 0.0
    model.train_on_batch(X, Y)
    np.testing.assert_array_equal(model.get_weights()[0], before)


def test_a_schedule_in_plain_python_is_followed():
    class Stairs(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.1 if int(step) < 2 else 0.0

    model = linear()
    model.compile(keras.optimizers.SGD(Stairs()), "mse")
    moved = []
    for _ in range(4):
        before = model.get_weights()[0]
        model.train_on_batch(X, Y)
        moved.append(bool((model.get_weights()[0] != before).any()))
    assert moved == [True, True, False, False]


def test_compile_settings_survive_a_round_trip():
    model = linear()
    model.compile(
        keras.optimizers.Adam(0.02),
        keras.losses.Huber(delta=2.0),
        metrics=["mae", keras.metrics.MeanSquaredError(name="square")],
    )
    config = model.get_compile_config()
    other = linear()
    other.compile_from_config(config)
    model.evaluate(X, Y, verbose=0)
    assert float(other.optimizer.learning_rate) == pytest.approx(0.02)
    assert other.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)
    assert other.metrics_names == ["loss", "mae", "square"]


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))]
)
def test_copies_train_on_their_own(copied):
    model = linear()
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse", metrics=["mae"])
    losses(model, 2)
    other = copied(model)
    weights = model.get_weights()[0]
    assert other.compiled
    continued = losses(other, 2)
    np.testing.assert_array_equal(model.get_weights()[0], weights)
    np.testing.assert_allclose(losses(model, 2), continued, rtol=1e-5)


def test_compile_again_starts_afresh():
    model = linear()
    model.compile("sgd", "mse")
    losses(model, 1)
    model.compile("adam", "mae", metrics=["mse"])
    assert list(model.fit(X, Y, verbose=0).history) == ["loss", "mse"]


def test_automatic_accuracy_follows_the_targets():
    labels = RANDOM.integers(0, 3, 20)
    kinds = {
        "SparseCategoricalAccuracy": (3, "sparse_categorical_crossentropy", labels),
        "CategoricalAccuracy": (3, "categorical_crossentropy", np.eye(3)[labels]),
        "BinaryAccuracy": (1, "binary_crossentropy", (labels > 1) * 1.0),
    }
    for name, (units, loss, y) in kinds.items():
        model = linear(units, activation="sigmoid")
        model.compile("sgd", loss, metrics=["accuracy"])
        history = model.fit(X, y, verbose=0).history
        assert list(history) == ["accuracy", "loss"]
        (metric,) = model.metrics[1].metrics
        assert type(metric).__name__ == name


def test_memory_of_many_small_predictions_does_not_grow():
    tracemalloc = pytest.importorskip("tracemalloc")
    model = linear()
    x = X[:1]
    model.predict(x, verbose=0)
    tracemalloc.start()
    try:
        # Python keeps freed objects for reuse, up to a bound.
        for _ in range(4000):
            model.predict(x, verbose=0)
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(3000):
            model.predict(x, verbose=0)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 20_000


def test_changed_layers_change_predictions():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    assert model.predict(X[:1]).shape == (1, 2)
    model.add(keras.layers.Dense(5))
    assert model.predict(X[:1]).shape == (1, 5)
    assert model.predict(X, verbose=0).shape == (20, 5)
    model.layers[-1].activation = keras.activations.relu
    assert model.predict(X[:5]).min() >= 0.0
    assert model.predict(X, batch_size=8, verbose=0).min() >= 0.0
    model.pop()
    assert model.predict(X[:1]).shape == (1, 2)


def test_an_added_layer_is_trained_too():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    losses(model, 1)
    model.add(keras.layers.Dense(1))
    model.optimizer = keras.optimizers.SGD()
    before = model.get_weights()
    losses(model, 1)
    changed = [bool((a != b).any()) for a, b in zip(before, model.get_weights())]
    assert changed == [True] * 4


def test_steps_are_traced_once():
    traced = []

    class Watched(keras.layers.Dense):
        def call(self, x, training=None):
            traced.append(training)
            return super().call(x)

    model = keras.Sequential([keras.Input((4,)), Watched(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    traced.clear()
    for _ in range(3):
        model.fit(X, Y, batch_size=8, validation_data=(X, Y), verbose=0)
        model.evaluate(X, Y, batch_size=7, verbose=0)
        model.predict(X, batch_size=8, verbose=0)
        model.predict(X[:3], verbose=0)
        model.train_on_batch(X, Y)
        model.predict_on_batch(X)
    assert traced == [True, False, False]


@pytest.mark.slow
def test_memory_of_100_000_predictions_does_not_grow():
    resource = pytest.importorskip("resource")
    model = linear()
    x = X[:1]
    for _ in range(2000):
        model.predict(x, verbose=0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(100_000):
        model.predict(x, verbose=0)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 2048


class TwoOutputs(keras.Model):
    """A subclass whose outputs have no names."""

    def __init__(self, as_dict=False):
        super().__init__()
        self.first = keras.layers.Dense(1)
        self.second = keras.layers.Dense(1)
        self.as_dict = as_dict

    def call(self, x):
        outputs = [self.first(x), self.second(x)]
        return {"p": outputs[0], "q": outputs[1]} if self.as_dict else outputs


def test_names_of_logs_follow_the_outputs():
    def names(model, y, *args, **options):
        model.compile("sgd", *args, **options)
        return list(model.fit(X, y, verbose=0).history)

    pair = [Y, Y]
    assert names(TwoOutputs(), pair, "mse") == ["loss", "mse_loss", "mse_loss_1"]
    found = names(TwoOutputs(), pair, ["mse", "mae"], metrics=[["mae"], ["mse"]])
    assert found == ["loss", "mae", "mae_loss", "mse", "mse_loss"]
    y = {"p": Y, "q": Y}
    found = names(TwoOutputs(True), y, {"p": "mse", "q": "mae"}, metrics={"p": "mae"})
    assert found == ["loss", "p_loss", "p_mae", "q_loss"]
    with pytest.warns(UserWarning, match="second|dense"):
        assert names(TwoOutputs(True), y, {"p": "mse", "q": None}) == ["loss"]
    assert names(linear(), Y, ["mse"], metrics=[["mae", "mse"]]) == [
        "loss",
        "mae",
        "mse",
    ]
    assert names(linear(), Y, ["mse", "mae"]) == ["loss", "mae_loss", "mse_loss"]
    assert names(linear(), Y, "mse", metrics=["mae", "mae"]) == ["loss", "mae", "mae_1"]
    named = linear(name="out")
    assert names(named, Y, {"out": "mse"}, metrics={"out": "mae"}) == ["loss", "mae"]


def test_functions_and_classes_as_losses_and_metrics():
    def closeness(y_true, y_pred):
        return ops.mean(ops.abs(y_true - y_pred), axis=-1)

    model = linear()
    model.compile(
        keras.optimizers.SGD(0.0),
        closeness,
        metrics=[closeness, keras.metrics.MeanAbsoluteError],
    )
    history = model.fit(X, Y, verbose=0).history
    assert list(history) == ["closeness", "loss", "mean_absolute_error"]
    expected = [float(np.mean(np.abs(Y)))]
    for values in history.values():
        assert values == pytest.approx(expected, rel=1e-5)


def test_a_nameless_loss_does_not_keep_a_model_from_being_saved(tmp_path):
    model = linear()
    model.compile("sgd", lambda y_true, y_pred: (y_true - y_pred) ** 2)
    with pytest.warns(UserWarning, match="must be compiled again"):
        model.save(tmp_path / "model.h5")
    with pytest.warns(UserWarning, match="not compiled"):
        loaded = keras.models.load_model(tmp_path / "model.h5")
    assert not loaded.compiled
    assert model.compiled


def test_classes_and_probabilities():
    model = linear(3, activation="softmax")
    model.layers[0].set_weights([RANDOM.standard_normal((4, 3)), np.zeros(3)])
    outputs = model.predict_proba(X)
    np.testing.assert_array_equal(model.predict_classes(X), outputs.argmax(axis=1))
    model = linear(1, activation="sigmoid")
    model.layers[0].set_weights([RANDOM.standard_normal((4, 1)), np.zeros(1)])
    expected = (model.predict(X, verbose=0) > 0.5).astype("int32")
    np.testing.assert_array_equal(model.predict_classes(X), expected)


def test_the_loss_without_state():
    model = linear(kernel_regularizer="l2")
    model.compile("sgd", "mse", metrics=["mae"])
    kernel, bias = np.ones((4, 1), "float32"), np.zeros(1, "float32")
    loss, values = model.stateless_compute_loss(
        [kernel, bias],
        [],
        [v.value for v in model.metrics_variables],
        x=X,
        y=Y,
        y_pred=X @ kernel,
    )
    expected = np.mean((X @ kernel - Y) ** 2) + 0.01 * 4
    assert float(loss) == pytest.approx(expected, rel=1e-5)
    np.testing.assert_array_equal(values[0][0], kernel)
    assert not model.get_weights()[0].any()
