"""Programs in the manner of Keras 2: Sequential grown by `add`, functions of K."""

import numpy as np
import pytest

import kerasish as keras
from kerasish import backend as K
from kerasish.layers import BatchNormalization, Dense, Flatten, Input, Lambda
from kerasish.models import Model, Sequential, load_model
from tests.programs.common import with_fixed_weights

RANDOM = np.random.RandomState(0)


def test_intermediate_layers_and_a_model_taken_apart():
    model = Sequential()
    model.add(keras.layers.Conv2D(4, (3, 3), activation="relu", input_shape=(8, 8, 1)))
    model.add(keras.layers.MaxPooling2D(pool_size=(2, 2)))
    model.add(Flatten())
    model.add(Dense(4, activation="softmax"))
    x = RANDOM.rand(3, 8, 8, 1)
    between = K.function([model.layers[0].input], [model.layers[2].output])
    (features,) = between([x])
    np.testing.assert_array_equal(between(x)[0], features)
    head = model.layers[-1]
    kernel, bias = head.get_weights()
    logits = features @ kernel + bias
    shares = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    np.testing.assert_allclose(model.predict(x, verbose=0), shares, rtol=1e-4)
    for layer in model.layers[:2]:
        layer.trainable = False
    outputs = Dense(2, activation="softmax")(model.layers[2].output)
    tuned = Model(inputs=model.input, outputs=outputs)
    tuned.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
    before = model.layers[0].get_weights()[0]
    tuned.fit(x, np.array([0, 1, 0]), epochs=2, verbose=0)
    np.testing.assert_array_equal(model.layers[0].get_weights()[0], before)


def test_discriminator_frozen_after_its_compile_still_learns():
    critic = Sequential([Input((4,)), Dense(8, activation="relu"), Dense(1)])
    critic.compile(loss="mse", optimizer="adam")
    generator = Sequential([Input((3,)), Dense(8), BatchNormalization(), Dense(4)])
    noise = Input((3,))
    critic.trainable = False
    both = Model(noise, critic(generator(noise)))
    both.compile(loss="mse", optimizer="adam")
    z, x = RANDOM.rand(8, 3), RANDOM.rand(8, 4)
    frozen = critic.get_weights()
    made = generator.get_weights()
    both.train_on_batch(z, np.ones((8, 1)))
    for old, new in zip(frozen, critic.get_weights()):
        np.testing.assert_array_equal(old, new)
    assert (made[0] != generator.get_weights()[0]).any()
    made = generator.get_weights()
    with pytest.warns(UserWarning, match="trainable"):
        critic.train_on_batch(x, np.ones((8, 1)))
    assert (frozen[0] != critic.get_weights()[0]).any()
    np.testing.assert_array_equal(made[0], generator.get_weights()[0])


def distance(pair):
    x, y = pair
    square = K.sum(K.square(x - y), axis=1, keepdims=True)
    return K.sqrt(K.maximum(square, K.epsilon()))


def contrastive_loss(y_true, y_pred):
    apart = K.square(K.maximum(1 - y_pred, 0))
    return K.mean(y_true * K.square(y_pred) + (1 - y_true) * apart)


def near(y_true, y_pred):
    return K.mean(K.equal(y_true, K.cast(y_pred < 0.5, y_true.dtype)))


def test_siamese_net_with_functions_of_k(tmp_path):
    base_input = Input((6,))
    base = Model(base_input, Dense(4, activation="relu")(base_input))
    left, right = Input((6,)), Input((6,))
    outputs = Lambda(distance, output_shape=lambda shapes: (shapes[0][0], 1))(
        [base(left), base(right)]
    )
    model = with_fixed_weights(Model([left, right], outputs), scale=0.8)
    model.compile("rmsprop", contrastive_loss, metrics=[near])
    x, y = RANDOM.rand(2, 20, 6)
    same = RANDOM.randint(0, 2, 20).astype("float32")
    logs = model.fit([x, y], same, epochs=5, batch_size=8, verbose=0).history
    assert set(logs) == {"loss", "near"}
    kernel, bias = base.get_weights()
    features = [np.maximum(values @ kernel + bias, 0) for values in (x, y)]
    expected = np.sqrt(((features[0] - features[1]) ** 2).sum(1))
    predicted = model.predict([x, y], batch_size=7, verbose=0)[:, 0]
    np.testing.assert_allclose(predicted, np.maximum(expected, 1e-3), rtol=1e-3)
    model.save_weights(tmp_path / "siamese.weights.h5")
    model.set_weights([0 * weight for weight in model.get_weights()])
    model.load_weights(tmp_path / "siamese.weights.h5")
    np.testing.assert_allclose(
        model.predict([x, y], verbose=0)[:, 0], predicted, rtol=1e-5
    )


def test_training_goes_on_from_a_checkpoint_of_a_custom_layer(tmp_path):
    class Scaled(keras.layers.Layer):
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
            super().build(input_shape)

        def call(self, x):
            return K.dot(x, self.kernel)

        def compute_output_shape(self, input_shape):
            return (input_shape[0], self.units)

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    x = RANDOM.rand(20, 5)
    model = Sequential([Scaled(5, input_shape=(5,)), Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    path = str(tmp_path / "model-{epoch:02d}.h5")
    saver = keras.callbacks.ModelCheckpoint(path)
    model.fit(x, x[:, 0], epochs=3, shuffle=False, verbose=0, callbacks=[saver])
    resumed = load_model(tmp_path / "model-02.h5", custom_objects={"Scaled": Scaled})
    resumed.fit(x, x[:, 0], initial_epoch=2, epochs=3, shuffle=False, verbose=0)
    for ours, theirs in zip(resumed.get_weights(), model.get_weights()):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
