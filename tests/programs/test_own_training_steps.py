"""Models with a `train_step` of their own, from the guides of Keras."""

import numpy as np

import kerasish as keras
from kerasish import layers, ops
from kerasish.backend.graph import as_numpy
from tests.programs.common import dense_net, with_fixed_weights

np_random = np.random.RandomState(0)
X = np_random.rand(24, 6).astype("float32")
Y = np_random.randint(0, 3, 24)


class Distiller(keras.Model):
    """A small net that learns from the softened outputs of a larger one."""

    def __init__(self, student, teacher):
        super().__init__()
        self.teacher = teacher
        self.student = student

    def compile(self, optimizer, metrics, alpha, temperature):
        super().compile(optimizer=optimizer, metrics=metrics)
        self.alpha = alpha
        self.temperature = temperature

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        soft = ops.softmax(self.teacher(x, training=False) / self.temperature)
        own = ops.softmax(y_pred / self.temperature)
        distance = keras.losses.KLDivergence()(soft, own) * self.temperature**2
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y, y_pred)
        return self.alpha * loss + (1 - self.alpha) * distance

    def call(self, x):
        return self.student(x)


def test_distillation():
    teacher = dense_net(keras, (6, 8, 3), seed=5)
    teacher.trainable = False
    model = Distiller(dense_net(keras, (6, 8, 3)), teacher)
    model.compile("adam", [keras.metrics.SparseCategoricalAccuracy()], 0.1, 10)
    logs = model.fit(X, Y, epochs=3, batch_size=10, shuffle=False, verbose=0).history
    np.testing.assert_allclose(logs["loss"], [0.121351, 0.120287, 0.119389], rtol=1e-4)
    assert set(logs) == {"loss", "sparse_categorical_accuracy"}
    before = teacher.get_weights()
    model.fit(X, Y, epochs=1, verbose=0)
    for old, new in zip(before, teacher.get_weights()):
        np.testing.assert_array_equal(old, new)


class SimSiam(keras.Model):
    """Two views of one sample are to give the same features."""

    def __init__(self, encoder, predictor):
        super().__init__()
        self.encoder = encoder
        self.predictor = predictor
        self.loss_tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.loss_tracker]

    def train_step(self, data):
        first, second = data
        with keras.GradientTape() as tape:
            z1, z2 = self.encoder(first), self.encoder(second)
            p1, p2 = self.predictor(z1), self.predictor(z2)
            loss = similarity(p1, z2) / 2 + similarity(p2, z1) / 2
        variables = (
            self.encoder.trainable_variables + self.predictor.trainable_variables
        )
        gradients = tape.gradient(loss, variables)
        self.optimizer.apply_gradients(zip(gradients, variables))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}


def similarity(p, z):
    p = ops.normalize(p, axis=1)
    z = ops.normalize(ops.stop_gradient(z), axis=1)
    return -ops.mean(ops.sum(p * z, axis=1))


def test_siamese_training_with_a_schedule():
    model = SimSiam(dense_net(keras, (6, 8, 4), 1), dense_net(keras, (4, 3, 4), 2))
    schedule = keras.optimizers.schedules.CosineDecay(0.03, 30)
    model.compile(keras.optimizers.SGD(schedule, momentum=0.6))
    other = X[::-1].copy()
    logs = model.fit(X, other, epochs=3, batch_size=10, shuffle=False, verbose=0)
    np.testing.assert_allclose(
        logs.history["loss"], [-0.1009076, -0.8437961, -0.9743352], rtol=1e-3
    )


def test_a_loop_of_steps_without_compile():
    model = dense_net(keras, (6, 8, 3))
    optimizer = keras.optimizers.SGD(0.1)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    accuracy = keras.metrics.SparseCategoricalAccuracy()
    losses = []
    for start in range(0, 24, 8):
        x, y = X[start : start + 8], Y[start : start + 8]
        with keras.GradientTape() as tape:
            logits = model(x, training=True)
            loss = loss_of(y, logits) + sum(model.losses)
        gradients = tape.gradient(loss, model.trainable_weights)
        optimizer.apply_gradients(zip(gradients, model.trainable_weights))
        accuracy.update_state(y, logits)
        losses.append(float(loss))
    np.testing.assert_allclose(losses, [1.089378, 1.087343, 1.123434], rtol=1e-5)
    assert float(accuracy.result()) == 0.25


def test_a_step_inside_a_step():
    """The update of a task is differentiated, as MAML does."""
    model = dense_net(keras, (6, 8, 3))
    weights = [ops.convert_to_tensor(weight) for weight in model.get_weights()]
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def forward(w, x):
        return ops.matmul(ops.relu(ops.matmul(x, w[0]) + w[1]), w[2]) + w[3]

    def adapted_loss(w):
        inner = keras.value_and_grad(lambda v: loss_of(Y[:8], forward(v, X[:8])))
        gradients = inner(w)[1]
        moved = [a - 0.1 * b for a, b in zip(w, gradients)]
        return loss_of(Y[8:16], forward(moved, X[8:16]))

    with keras.GradientTape() as outer:
        for weight in weights:
            outer.watch(weight)
        with keras.GradientTape() as tape:
            for weight in weights:
                tape.watch(weight)
            loss = loss_of(Y[:8], forward(weights, X[:8]))
        gradients = tape.gradient(loss, weights)
        moved = [a - 0.1 * b for a, b in zip(weights, gradients)]
        loss = loss_of(Y[8:16], forward(moved, X[8:16]))
    found = outer.gradient(loss, weights)
    direction = [np.sign(as_numpy(weight)) for weight in weights]
    slope = sum((as_numpy(g) * d).sum() for g, d in zip(found, direction))
    step = 1e-3
    np.testing.assert_allclose(float(adapted_loss(weights)), float(loss), rtol=1e-6)
    above, below = (
        float(adapted_loss([w + s * d for w, d in zip(weights, direction)]))
        for s in (step, -step)
    )
    np.testing.assert_allclose(slope, (above - below) / (2 * step), rtol=1e-2)


class KullbackLeibler(layers.Layer):
    """Adds the divergence of a normal distribution from the standard one."""

    def call(self, inputs):
        mean, log_variance = inputs
        divergence = 1 + log_variance - ops.square(mean) - ops.exp(log_variance)
        self.add_loss(-0.05 * ops.mean(divergence))
        return inputs


def test_losses_of_layers_and_regularizers_count_in_every_step():
    inputs = keras.Input((6,))
    mean, log_variance = KullbackLeibler()(
        [layers.Dense(2)(inputs), layers.Dense(2)(inputs)]
    )
    both = layers.Add()([mean, log_variance])
    outputs = layers.Dense(6, kernel_regularizer=keras.regularizers.L2(0.01))(both)
    model = with_fixed_weights(keras.Model(inputs, outputs))
    model.compile("adam", "mse", metrics=["mae"])
    logs = model.evaluate(X, X, verbose=0, return_dict=True, batch_size=24)
    regularization = 0.01 * (as_numpy(model.layers[-1].kernel) ** 2).sum()
    m, v = keras.Model(inputs, [mean, log_variance]).predict(X, verbose=0)
    divergence = -0.05 * (1 + v - m**2 - np.exp(v)).mean()
    error = ((model.predict(X, verbose=0) - X) ** 2).mean()
    np.testing.assert_allclose(
        logs["loss"], error + divergence + regularization, rtol=1e-5
    )
    assert model.train_on_batch(X, X)[0] > model.test_on_batch(X, X)[0]
