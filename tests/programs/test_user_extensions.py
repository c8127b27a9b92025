"""Classes and functions that users wrote for every version of Keras."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import kerasish as keras
from kerasish import backend as K

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 4)).astype("float32")
Y = RNG.normal(size=(12, 2)).astype("float32")


def _trained(*layers, optimizer="sgd", loss="mse", metrics=None, callbacks=None):
    """Fits a small model; returns it with the losses before and after."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(2)])
    model.compile(optimizer, loss, metrics=metrics or [])
    first = model.evaluate(X, Y, verbose=0, return_dict=True)
    model.fit(X, Y, epochs=8, batch_size=6, verbose=0, callbacks=callbacks)
    return model, first, model.evaluate(X, Y, verbose=0, return_dict=True)


class Antirectifier(keras.layers.Layer):
    """Keras 1: no weights, `get_output_shape_for`."""

    def get_output_shape_for(self, input_shape):
        return (*input_shape[:-1], 2 * input_shape[-1])

    def call(self, x, mask=None):
        x = x - K.mean(x, axis=1, keepdims=True)
        x = K.l2_normalize(x, axis=1)
        return K.concatenate([K.relu(x), K.relu(-x)], axis=1)


class Scale(keras.layers.Layer):
    """Keras 1: weights made by hand."""

    def build(self, input_shape):
        self.gamma = K.variable(np.full(input_shape[-1], 0.5), name="gamma")
        self.trainable_weights_by_hand = [self.gamma]
        super().build(input_shape)

    def call(self, x, mask=None):
        return x * self.gamma


class NamedFirst(keras.layers.Layer):
    """Keras 2: `add_weight(name, shape)` and `compute_output_shape`."""

    def __init__(self, output_dim, **kwargs):
        self.output_dim = output_dim
        super().__init__(**kwargs)

    def build(self, input_shape):
        shape = (input_shape[1], self.output_dim)
        self.kernel = self.add_weight("kernel", shape, initializer="uniform")
        super().build(input_shape)

    def call(self, x):
        return K.dot(x, self.kernel)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.output_dim)


class ByHand(keras.layers.Layer):
    """Keras 1 and 2: weights made by `K.variable` and listed by hand."""

    def build(self, input_shape):
        self.kernel = K.variable(np.full((input_shape[-1], 3), 0.1), name="kernel")
        self.scale = K.variable(np.ones(3), name="scale")
        self.trainable_weights = [self.kernel]
        self._non_trainable_weights = [self.scale]
        super().build(input_shape)

    def call(self, x, mask=None):
        return K.dot(x, self.kernel) * self.scale


class ShapeFirst(keras.layers.Layer):
    """Keras 3: `add_weight(shape=...)` and operations of `keras.ops`."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units))
        self.b = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        return keras.ops.matmul(inputs, self.w) + self.b


class Counting(keras.layers.Layer):
    """Keras 2: `add_update` and `add_loss`."""

    def build(self, input_shape):
        self.seen = self.add_weight(
            name="seen", shape=(), initializer="zeros", trainable=False
        )
        super().build(input_shape)

    def call(self, x, training=None):
        self.add_update([(self.seen, self.seen + 1.0)], x)
        self.add_loss(0.01 * K.mean(K.square(x)))
        return x


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Antirectifier(), (None, 8)),
        (Scale(), (None, 4)),
        (NamedFirst(3), (None, 3)),
        (ByHand(), (None, 3)),
        (ShapeFirst(3), (None, 3)),
        (Counting(), (None, 4)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_layers(layer, shape):
    model, first, last = _trained(layer)
    assert model.layers[0].output_shape == shape
    assert last["loss"] < first["loss"]
    if isinstance(layer, Scale):
        assert not np.allclose(K.get_value(layer.gamma), 0.5)
    if isinstance(layer, Counting):
        assert float(layer.seen) == 16.0


class OldSGD(keras.optimizers.Optimizer):
    """Keras 2: `get_updates(loss, params)`."""

    def __init__(self, lr=0.05, momentum=0.9, **kwargs):
        super().__init__(**kwargs)
        self.rate = K.variable(lr, name="rate")
        self.momentum = momentum

    def get_updates(self, loss, params):
        grads = self.get_gradients(loss, params)
        self.updates = [K.update_add(self.iterations, 1)]
        moments = [K.zeros(K.int_shape(p)) for p in params]
        for p, g, m in zip(params, grads, moments):
            v = self.momentum * m - self.rate * g
            self.updates.append(K.update(m, v))
            self.updates.append(K.update(p, p + v))
        return self.updates

    def get_config(self):
        return {}


class OldAdam(keras.optimizers.Optimizer):
    """Keras 2, whole: settings and counter as Variables, state in `get_updates`."""

    def __init__(self, lr=0.01, decay=0.0, **kwargs):
        super().__init__(**kwargs)
        with K.name_scope(self.__class__.__name__):
            self.iterations = K.variable(0, dtype="int64", name="iterations")
            self.lr = K.variable(lr, name="lr")
            self.beta = K.variable(0.9, name="beta")
            self.decay = K.variable(decay, name="decay")

    def get_updates(self, loss, params):
        grads = self.get_gradients(loss, params)
        self.updates = [K.update_add(self.iterations, 1)]
        t = K.cast(self.iterations, K.floatx()) + 1
        rate = self.lr * K.sqrt(1.0 - K.pow(0.999, t)) / (1.0 - K.pow(self.beta, t))
        ms = [K.zeros(K.int_shape(p), dtype=K.dtype(p)) for p in params]
        vs = [K.zeros(K.int_shape(p), dtype=K.dtype(p)) for p in params]
        self.weights = [self.iterations, *ms, *vs]
        for p, g, m, v in zip(params, grads, ms, vs):
            new_m = self.beta * m + (1.0 - self.beta) * g
            new_v = 0.999 * v + 0.001 * K.square(g)
            self.updates.append(K.update(m, new_m))
            self.updates.append(K.update(v, new_v))
            new_p = p - rate * new_m / (K.sqrt(new_v) + K.epsilon())
            self.updates.append(K.update(p, new_p))
        return self.updates

    def get_config(self):
        return {}


class Wrapping(keras.optimizers.Optimizer):
    """Keras 2: hands the work on to another optimizer."""

    def __init__(self, optimizer, **kwargs):
        super().__init__(**kwargs)
        self.optimizer = keras.optimizers.get(optimizer)

    def get_updates(self, loss, params):
        self.updates = self.optimizer.get_updates(loss, params)
        self.weights = self.optimizer.weights
        return self.updates


class NewSGD(keras.optimizers.Optimizer):
    """Keras 3: `update_step`."""

    def update_step(self, gradient, variable, learning_rate):
        self.assign_sub(variable, learning_rate * gradient)


def test_optimizers():
    own = _trained(optimizer=NewSGD(0.05))[0].get_weights()
    known = _trained(optimizer=keras.optimizers.SGD(0.05))[0].get_weights()
    for a, b in zip(own, known):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    own = _trained(optimizer=OldSGD())[0].get_weights()
    known = _trained(optimizer=keras.optimizers.SGD(0.05, 0.9))[0].get_weights()
    for a, b in zip(own, known):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "optimizer", [OldAdam(), Wrapping(OldAdam()), Wrapping(keras.optimizers.Adam(0.01))]
)
def test_old_optimizers_keep_their_state(optimizer):
    def weights(optimizer):
        model = _trained(optimizer=optimizer)[0]
        # Other batches, and another `fit`: the moments go on.
        model.fit(X, Y, batch_size=10, epochs=2, shuffle=False, verbose=0)
        return model, model.get_weights()

    model, own = weights(optimizer)
    known = weights(keras.optimizers.Adam(0.01))[1]
    for a, b in zip(own, known):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    assert len(optimizer.weights) >= 1 + 2 * len(own)
    assert int(K.get_value(optimizer.iterations)) == int(model.optimizer.iterations)


@pytest.mark.parametrize("make", [OldSGD, OldAdam])
def test_state_of_old_optimizers_is_saved(make, tmp_path):
    def fit(model):
        model.fit(X, Y, batch_size=10, epochs=1, shuffle=False, verbose=0)
        return model.get_weights()

    model = _trained(optimizer=make())[0]
    model.save(tmp_path / "m.keras")
    custom = {make.__name__: make}
    read = keras.models.load_model(tmp_path / "m.keras", custom_objects=custom)
    copied = copy.deepcopy(model.optimizer)
    copied.build(model.trainable_variables)
    expected = [variable.numpy() for variable in model.optimizer.variables]
    assert sum(np.ndim(value) > 0 and np.any(value) for value in expected) >= 2
    for optimizer in (read.optimizer, copied):
        assert len(optimizer.variables) == len(expected)
        for variable, value in zip(optimizer.variables, expected):
            np.testing.assert_array_equal(variable.numpy(), value)
    for ours, theirs in zip(fit(read), fit(model)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


class Groups(Wrapping):
    """Keras 2: one learning rate for kernels, another for biases."""

    def get_updates(self, loss, params):
        rate = self.optimizer.lr
        self.updates = []
        for rank, factor in ((2, 0.5), (1, 2.0)):
            group = [p for p in params if K.ndim(p) == rank]
            self.optimizer.lr = rate * factor
            self.updates += self.optimizer.get_updates(loss, group)
        self.optimizer.lr = rate
        return self.updates


def test_learning_rates_of_groups():
    optimizer = Groups("adam")
    optimizer.optimizer.lr = 0.01
    variables = [keras.Variable(np.ones((2, 3))), keras.Variable(np.ones(3))]
    for _ in range(2):
        optimizer.apply([np.ones((2, 3)), np.ones(3)], variables)
    assert float(optimizer.optimizer.lr) == pytest.approx(0.01)
    # Adam's steps have the size of the learning rate where gradients stay.
    np.testing.assert_allclose(variables[0].numpy(), 1 - 2 * 0.005, rtol=1e-4)
    np.testing.assert_allclose(variables[1].numpy(), 1 - 2 * 0.02, rtol=1e-4)


def test_old_optimizers_in_own_loops():
    weight = keras.Variable([1.0, -2.0])
    optimizer = OldAdam(0.1)
    for _ in range(3):
        with keras.GradientTape() as tape:
            loss = keras.ops.sum(weight * weight)
        optimizer.apply_gradients([(tape.gradient(loss, weight), weight)])
    np.testing.assert_allclose(weight.numpy(), [0.7, -1.7], atol=2e-3)
    assert int(optimizer.iterations) == 3


def root_mean_squared(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_pred - y_true)))


def mean_error(y_true, y_pred):
    return K.mean(K.abs(y_pred - y_true))


def small_normal(shape, dtype=None):
    return K.random_normal(shape, stddev=0.01, dtype=dtype)


def squares(weights):
    return 0.1 * K.sum(K.square(weights))


def not_negative(w):
    return w * K.cast(K.greater_equal(w, 0.0), K.floatx())


def test_plain_functions():
    dense = keras.layers.Dense(
        3,
        kernel_initializer=small_normal,
        kernel_regularizer=squares,
        kernel_constraint=not_negative,
    )
    model, first, last = _trained(dense, loss=root_mean_squared, metrics=[mean_error])
    assert last["loss"] < first["loss"]
    kernel = dense.get_weights()[0]
    assert kernel.min() >= 0.0
    prediction = model.predict(X, verbose=0)
    error = np.abs(prediction - Y).mean()
    np.testing.assert_allclose(last["mean_error"], error, rtol=1e-5)
    penalty = 0.1 * np.square(kernel).sum()
    root = [np.sqrt(np.square(prediction - Y).mean())]
    np.testing.assert_allclose(last["loss"], root[0] + penalty, rtol=1e-4)


class BatchLosses(keras.callbacks.Callback):
    """Keras 1: hooks of batches and epochs."""

    def on_train_begin(self, logs=None):
        self.calls, self.losses = [], []

    def on_batch_begin(self, batch, logs=None):
        self.calls.append(f"begin {batch}")

    def on_batch_end(self, batch, logs=None):
        self.calls.append(f"end {batch}")
        self.losses.append(logs["loss"])

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append(f"epoch {epoch}")


def test_callbacks():
    callback = BatchLosses()
    _trained(callbacks=[callback])
    one = ["begin 0", "end 0", "begin 1", "end 1"]
    assert callback.calls == [c for e in range(8) for c in (*one, f"epoch {e}")]
    assert len(callback.losses) == 16 and np.isfinite(callback.losses).all()


class OwnMean(keras.metrics.Metric):
    """tf.keras 2: a metric with `add_weight` and `update_state`."""

    def __init__(self, name="own_mean", **kwargs):
        super().__init__(name=name, **kwargs)
        self.total = self.add_weight(name="total", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(keras.ops.sum(keras.ops.abs(y_true - y_pred)))
        self.count.assign_add(keras.ops.cast(keras.ops.size(y_true), "float32"))

    def result(self):
        return self.total / self.count


class OwnLoss(keras.losses.Loss):
    """tf.keras 2: a loss with `call`."""

    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


def test_losses_and_metrics():
    model, _, last = _trained(loss=OwnLoss(), metrics=[OwnMean()])
    prediction = model.predict(X, verbose=0)
    np.testing.assert_allclose(
        last["own_mean"], np.abs(prediction - Y).mean(), rtol=1e-5
    )
    np.testing.assert_allclose(
        last["loss"], np.square(prediction - Y).mean(), rtol=1e-5
    )
