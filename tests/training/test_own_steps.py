"""Training steps, losses and metrics that a model overrides; eager steps."""

import warnings

import numpy as np
import pytest

import kerasish as keras
from kerasish import ops
from tests.training.line import X, Y, linear


class Custom(keras.Model):
    """Its own training step, as users of Keras 3 write it."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = keras.layers.Dense(1, kernel_initializer="zeros")
        self.traced = 0

    def call(self, x, training=False):
        return self.dense(x)

    def train_step(self, data):
        self.traced += 1
        x, y = data
        with keras.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}


@pytest.mark.parametrize("eager", [False, True], ids=["compiled", "eager"])
def test_a_custom_train_step(eager):
    model = Custom()
    model.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae"], run_eagerly=eager)
    history = model.fit(X, Y, batch_size=10, epochs=3, shuffle=False, verbose=0)
    plain = linear()
    plain.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae"])
    expected = plain.fit(X, Y, batch_size=10, epochs=3, shuffle=False, verbose=0)
    assert list(history.history) == ["loss", "mae"]
    for name, values in expected.history.items():
        np.testing.assert_allclose(history.history[name], values, rtol=1e-5)
    assert model.traced == (6 if eager else 1)


def test_a_step_that_returns_the_loss_of_the_batch():
    class Simple(Custom):
        def train_step(self, data):
            x, y = data
            with keras.GradientTape() as tape:
                loss = ops.mean((self(x) - y) ** 2)
            grads = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply(grads, self.trainable_variables)
            return {"loss": loss, "nested": {"twice": 2.0 * loss}}

    model = Simple()
    model.compile(keras.optimizers.SGD(0.0))
    history = model.fit(X, Y, batch_size=10, shuffle=False, verbose=0).history
    last = float(np.mean(Y[10:] ** 2))
    assert history["loss"] == pytest.approx([last], rel=1e-5)
    assert history["twice"] == pytest.approx([2 * last], rel=1e-5)


def test_a_model_that_trains_without_targets():
    class Reconstruct(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(4)
            self.tracker = keras.metrics.Mean(name="error")

        @property
        def metrics(self):
            return [self.tracker]

        def call(self, x):
            return self.dense(x)

        def train_step(self, x):
            with keras.GradientTape() as tape:
                error = ops.mean((self(x) - x) ** 2)
            variables = self.trainable_weights
            self.optimizer.apply(tape.gradient(error, variables), variables)
            self.tracker.update_state(error)
            return {"error": self.tracker.result()}

    model = Reconstruct()
    model.compile(keras.optimizers.Adam(0.1))
    history = model.fit(X, epochs=20, verbose=0).history
    assert list(history) == ["error"]
    assert history["error"][-1] < 0.2 * history["error"][0]


@pytest.mark.parametrize("with_training", [False, True])
def test_overriding_compute_loss_and_compute_metrics(with_training):
    class Doubled(Custom):
        train_step = keras.Model.train_step

        if with_training:

            def compute_loss(self, x, y, y_pred, sample_weight, training=True):
                return 2.0 * super().compute_loss(x, y, y_pred, sample_weight)

        else:

            def compute_loss(self, x, y, y_pred, sample_weight):
                return 2.0 * super().compute_loss(x, y, y_pred, sample_weight)

        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            logs = super().compute_metrics(x, y, y_pred, sample_weight)
            return {**logs, "bias": ops.mean(y_pred - y)}

    model = Doubled()
    model.compile(keras.optimizers.SGD(0.0), "mse")
    logs = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(2 * np.mean(Y**2), rel=1e-5)
    assert logs["bias"] == pytest.approx(-Y.mean(), rel=1e-4)
    assert model.fit(X, Y, verbose=0).history["loss"][0] == pytest.approx(logs["loss"])


def test_eager_steps_run_python():
    seen = []

    class Branching(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1)

        def call(self, x, training=False):
            seen.append((float(ops.mean(x)) > 0, training))
            return self.dense(x if seen[-1][0] else -x)

    model = Branching()
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(X, Y, batch_size=10, verbose=0)
    model.predict(X, verbose=0)
    assert [training for _, training in seen] == [True, True, False]
    model.run_eagerly = False
    with pytest.raises(TypeError, match="symbolic tensor has no value"):
        model.train_on_batch(X, Y)


@pytest.mark.parametrize("eager", [False, True], ids=["compiled", "eager"])
def test_a_custom_step_as_keras_2_wrote_it(eager):
    class Older(Custom):
        def train_step(self, data):
            x, y = data
            with keras.GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = self.compiled_loss(y, y_pred, regularization_losses=self.losses)
            variables = self.trainable_variables
            self.optimizer.apply_gradients(
                zip(tape.gradient(loss, variables), variables)
            )
            self.compiled_metrics.update_state(y, y_pred)
            return {metric.name: metric.result() for metric in self.metrics}

    histories = []
    for kind in (Older, Custom):
        model = kind()
        model.compile(
            keras.optimizers.SGD(0.1), "mse", metrics=["mae"], run_eagerly=eager
        )
        options = {"batch_size": 10, "epochs": 2, "shuffle": False, "verbose": 0}
        histories.append(model.fit(X, Y, **options).history)
    assert histories[0].keys() == histories[1].keys()
    for name, values in histories[0].items():
        assert values == pytest.approx(histories[1][name], rel=1e-5)


def test_toggling_trainable_does_not_trace_again():
    model = Custom()
    model.compile("sgd", "mse")
    for flag in (True, False, True):
        model.dense.trainable = flag
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.train_on_batch(X, Y)
    assert model.traced == 1


def refused(*args, **kwargs):
    raise AssertionError("a helper of the user's class was called by kerasish")


HELPERS = (
    "forward finish state step settings runner open converted recorded argument "
    "track changed version warn compute_loss check_data on_batch run init update "
    "averages checked prepare process reset loss_fn train_batch"
)


@pytest.mark.parametrize("made", ["method", "attribute"])
def test_private_helpers_of_a_user_may_have_any_plain_name(made):
    names = {f"_{name}": refused for name in HELPERS.split()}
    members = names if made == "method" else {}

    def own(base):
        class Own(base):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
                for name in names if made == "attribute" else ():
                    setattr(self, name, name)

        return type("Named", (Own,), members)

    dense = own(keras.layers.Dense)(1)
    x = keras.Input((4,))
    model = own(keras.Model)(x, dense(x))
    model.compile(
        own(keras.optimizers.SGD)(0.01, use_ema=True),
        own(keras.losses.MeanSquaredError)(),
        metrics=[own(keras.metrics.MeanAbsoluteError)()],
    )
    history = model.fit(X, Y, epochs=2, verbose=0).history
    assert history["loss"][1] < history["loss"][0]
    model.evaluate(X, Y, verbose=0)
    assert model.predict(X, verbose=0).shape == Y.shape
    assert model.train_on_batch(X, Y, return_dict=True)["loss"] > 0
