"""What programs of Keras 2's time do with its backend functions."""

import numpy as np
import pytest

import kerasish as keras
from kerasish import backend as K
from kerasish import layers


@pytest.fixture(autouse=True)
def cleared():
    K.clear_session()
    keras.utils.set_random_seed(0)
    yield
    K.clear_session()


def small_convnet():
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", name="out"),
        ]
    )


def test_filters_are_shown_by_gradient_ascent():
    model = small_convnet()
    output = model.get_layer("conv").output
    loss = K.mean(output[:, :, :, 0])
    grads = K.gradients(loss, model.input)[0]
    grads /= K.sqrt(K.mean(K.square(grads))) + 1e-5
    iterate = K.function([model.input, K.learning_phase()], [loss, grads])
    image = np.random.default_rng(0).random((1, 8, 8, 1)).astype("float32")
    values = []
    for _ in range(10):
        value, step = iterate([image, 0])
        values.append(float(value))
        image += step
    assert values == sorted(values) and values[-1] > values[0]


def test_outputs_of_all_layers():
    model = small_convnet()
    run = K.function(
        [model.input, K.learning_phase()], [layer.output for layer in model.layers]
    )
    images = np.random.default_rng(0).random((2, 8, 8, 1)).astype("float32")
    found = run([images, 0])
    assert [x.shape for x in found] == [(2, 6, 6, 4), (2, 144), (2, 3)]
    np.testing.assert_allclose(found[-1], model.predict(images, verbose=0), rtol=1e-5)


def test_class_activation_maps():
    model = small_convnet()
    output, features = model.output[:, 1], model.get_layer("conv").output
    grads = K.gradients(output, features)[0]
    pooled = K.mean(grads, axis=(0, 1, 2))
    iterate = K.function([model.input], [pooled, features[0]])
    weights, maps = iterate([np.ones((1, 8, 8, 1))])
    assert weights.shape == (4,) and maps.shape == (6, 6, 4)
    assert np.abs(weights).sum() > 0


def test_saliency_by_feeding_an_inner_tensor():
    model = small_convnet()
    features = model.get_layer("conv").output
    run = K.function([features], [model.output])
    assert run([np.zeros((1, 6, 6, 4))])[0].shape == (1, 3)


def test_deep_dream_loss_begins_with_a_variable():
    model = small_convnet()
    loss = K.variable(0.0)
    x = model.get_layer("conv").output
    scaling = K.prod(K.cast(K.shape(x), "float32"))
    loss = loss + 0.5 * K.sum(K.square(x[:, 1:-1, 1:-1, :])) / scaling
    grads = K.gradients(loss, model.input)[0]
    grads /= K.maximum(K.mean(K.abs(grads)), K.epsilon())
    value, step = K.function([model.input], [loss, grads])([np.ones((1, 8, 8, 1))])
    assert value > 0 and abs(np.abs(step).mean() - 1.0) < 1e-3


def test_style_transfer_joins_variables_and_a_placeholder():
    style = K.variable(np.ones((1, 8, 8, 1)))
    combination = K.placeholder((1, 8, 8, 1))
    tensor = K.concatenate([style, combination], axis=0)
    features = small_convnet().get_layer("conv")(tensor)

    def gram(x):
        flat = K.batch_flatten(K.permute_dimensions(x, (2, 0, 1)))
        return K.dot(flat, K.transpose(flat))

    loss = K.sum(K.square(gram(features[0]) - gram(features[1])))
    grads = K.gradients(loss, combination)[0]
    run = K.function([combination], [loss, grads])
    loss_value, slope = run([np.ones((1, 8, 8, 1))])
    assert loss_value == 0.0 and not slope.any()
    assert run([np.zeros((1, 8, 8, 1))])[0] > 0.0


def fit(model, x, y, epochs=30):
    history = model.fit(x, y, epochs=epochs, batch_size=16, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    return history


def data():
    x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
    return x, x @ np.array([[1.0], [-2.0], [0.5]], "float32")


def test_losses_and_metrics_in_the_words_of_the_backend():
    def loss(y_true, y_pred):
        return K.mean(K.square(y_pred - y_true), axis=-1) + 0.0 * K.sum(K.abs(y_pred))

    def r2(y_true, y_pred):
        residual = K.sum(K.square(y_true - y_pred))
        total = K.sum(K.square(y_true - K.mean(y_true)))
        return 1 - residual / (total + K.epsilon())

    def f1(y_true, y_pred):
        hits = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
        positives = K.sum(K.round(K.clip(y_true, 0, 1)))
        return hits / (positives + K.epsilon())

    x, y = data()
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), loss=loss, metrics=[r2, f1])
    history = fit(model, x, y)
    assert history["r2"][-1] > 0.99
    eager = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    eager.compile(keras.optimizers.SGD(0.1), loss=loss, run_eagerly=True)
    fit(eager, x, y, 3)


class Linear(layers.Layer):
    """A dense layer with a learnable temperature, as written for Keras 2."""

    def __init__(self, units, **kwargs):
        self.units = units
        super().__init__(**kwargs)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(input_shape[1], self.units),
            initializer="uniform",
            trainable=True,
        )
        self.scale = K.variable(1.0, name="scale")
        self._trainable_weights = [self.kernel, self.scale]
        super().build(input_shape)

    def call(self, x):
        return K.dot(x, self.kernel) * self.scale

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.units)


def test_layers_with_variables_of_the_backend():
    x, y = data()
    model = keras.Sequential([keras.Input((3,)), Linear(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    fit(model, x, y)
    value = np.asarray(K.eval(model.layers[0](K.constant(x))))
    np.testing.assert_allclose(value, model.predict(x, verbose=0), rtol=1e-4, atol=1e-5)


class RunningMean(layers.Layer):
    """Keeps a moving average of its inputs while training."""

    def build(self, input_shape):
        self.average = self.add_weight(
            name="average", shape=(input_shape[-1],), initializer="zeros",
            trainable=False,
        )  # fmt: skip
        super().build(input_shape)

    def call(self, inputs):
        update = K.moving_average_update(self.average, K.mean(inputs, axis=0), 0.5)
        self.add_update([update], inputs)
        return K.in_train_phase(inputs - K.mean(inputs, axis=0), inputs - self.average)


def test_moving_averages_change_while_training_only():
    layer = RunningMean()
    model = keras.Sequential([keras.Input((3,)), layer, layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((16, 3), "float32")
    model.predict(x, verbose=0)
    assert not K.get_value(layer.average).any()
    model.fit(x, np.ones((16, 1)), epochs=2, batch_size=16, verbose=0)
    np.testing.assert_allclose(K.get_value(layer.average), [0.75] * 3)
    model.evaluate(x, np.ones((16, 1)), verbose=0)
    np.testing.assert_allclose(K.get_value(layer.average), [0.75] * 3)


class Orthogonal(keras.regularizers.Regularizer):
    """Pushes the columns of a matrix apart."""

    def __call__(self, w):
        gram = K.dot(K.transpose(w), w)
        return 0.1 * K.sum(K.square(gram - K.eye(K.int_shape(w)[1])))


class UnitNorm(keras.constraints.Constraint):
    """Scales columns to length one."""

    def __call__(self, w):
        return w / (K.epsilon() + K.sqrt(K.sum(K.square(w), axis=0, keepdims=True)))


def test_regularizers_and_constraints():
    x, y = data()
    dense = layers.Dense(
        2, kernel_regularizer=Orthogonal(), kernel_constraint=UnitNorm()
    )
    model = keras.Sequential([keras.Input((3,)), dense, layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05), "mse")
    fit(model, x, y, 5)
    kernel = dense.kernel.numpy()
    np.testing.assert_allclose(np.linalg.norm(kernel, axis=0), 1.0, rtol=1e-4)
    gram = kernel.T @ kernel - np.eye(2)
    np.testing.assert_allclose(float(model.losses[0]), 0.1 * (gram**2).sum(), atol=1e-5)
    model.compile(keras.optimizers.SGD(0.05), "mse", run_eagerly=True)
    model.fit(x, y, verbose=0)


def test_a_variational_autoencoder():
    inputs = keras.Input((3,))
    hidden = layers.Dense(8, activation="relu")(inputs)
    mean, log_var = layers.Dense(2)(hidden), layers.Dense(2)(hidden)

    def sampling(args):
        z_mean, z_log_var = args
        shape = (K.shape(z_mean)[0], K.int_shape(z_mean)[1])
        return z_mean + K.exp(0.5 * z_log_var) * K.random_normal(shape=shape)

    z = layers.Lambda(sampling, output_shape=(2,))([mean, log_var])
    outputs = layers.Dense(3)(z)
    model = keras.Model(inputs, outputs)
    model.compile("adam", "mse")
    x, _ = data()
    fit(model, x, x, 5)
    draw = K.function([inputs], [z])
    assert (draw([x])[0] != draw([x])[0]).all()


def test_the_learning_rate_through_the_backend():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    K.set_value(model.optimizer.learning_rate, 0.125)
    assert float(K.get_value(model.optimizer.learning_rate)) == 0.125


def test_a_wasserstein_critic_with_a_gradient_penalty():
    critic = keras.Sequential(
        [keras.Input((2,)), layers.Dense(4, "tanh"), layers.Dense(1)]
    )
    real, fake = K.placeholder((None, 2)), K.placeholder((None, 2))
    share = K.random_uniform((K.shape(real)[0], 1))
    mixed = share * real + (1 - share) * fake
    slope = K.gradients(critic(mixed), mixed)[0]
    norm = K.sqrt(K.sum(K.square(slope), axis=1))
    loss = K.mean(critic(fake)) - K.mean(critic(real)) + 10 * K.mean(K.square(norm - 1))
    weights = critic.trainable_weights
    grads = K.gradients(loss, weights)
    pairs = zip(weights, grads)
    updates = [(w, w - 0.05 * g) for w, g in pairs if g is not None]
    step = K.function([real, fake], [loss], updates)
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(32, 2)) + 2.0, generator.normal(size=(32, 2))
    losses = [float(step([a, b])[0]) for _ in range(60)]
    assert losses[-1] < losses[0]


def test_attention_written_with_the_backend():
    inputs = keras.Input((5, 4))
    states = layers.LSTM(6, return_sequences=True)(inputs)

    def attend(h):
        scores = K.softmax(K.squeeze(K.sum(h, axis=-1, keepdims=True), -1))
        return K.sum(h * K.expand_dims(scores, -1), axis=1)

    outputs = layers.Dense(1)(layers.Lambda(attend)(states))
    model = keras.Model(inputs, outputs)
    model.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(32, 5, 4)).astype("float32")
    fit(model, x, x.sum(axis=(1, 2))[:, None], 5)
