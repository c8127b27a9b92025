"""What is measured: models and data, written on the public Keras API alone.

Each workload is a function of a Keras module and of a number of steps that returns a
`Case`. The data is synthetic and the same for everyone.
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

WORKLOADS: dict[str, "Workload"] = {}
# Seconds that making data has taken.
spent_on_data = [0.0]


class Case(NamedTuple):
    """A model with its data.

    Attributes:
        model: The compiled model; it predicts from `x`.
        x: Inputs, an array or a list of arrays.
        y: Targets.
        epoch: Trains for one epoch, where `fit` is not what trains.
    """

    model: Any
    x: Any
    y: Any
    epoch: Callable | None = None


class Workload(NamedTuple):
    """A row of the tables.

    Attributes:
        about: What it is.
        batch: Samples in a step.
        steps: Steps in a measured epoch.
        build: The function of a Keras module and a number of rows.
    """

    about: str
    batch: int
    steps: int
    build: Callable


def workload(about, batch, steps):
    """Enter a function into the table under its name."""

    def enter(build):
        WORKLOADS[build.__name__] = Workload(about, batch, steps, build)
        return build

    return enter


def data(make):
    """Count the time that a function takes as spent on data."""

    def timed(*args):
        start = time.perf_counter()
        made = make(*args)
        spent_on_data[0] += time.perf_counter() - start
        return made

    return timed


@data
def normal(rows, *shape):
    """Return noise of a fixed seed."""
    return np.random.default_rng(0).normal(size=(rows, *shape)).astype("float32")


@data
def numbers(rows, limit, *shape):
    """Return whole numbers of a fixed seed."""
    return np.random.default_rng(1).integers(0, limit, (rows, *shape)).astype("int32")


def one_hot(classes, count=10):
    """Return rows with a single one."""
    return np.eye(count, dtype="float32")[classes]


@workload("linear regression of 13 features, SGD: hardly any arithmetic", 32, 200)
def linear_tiny(keras, rows):
    model = keras.Sequential([keras.Input((13,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.01), "mse", metrics=["mae"])
    return Case(model, normal(rows, 13), normal(rows, 1))


@workload("two hidden layers of 512 with dropout, RMSprop", 128, 60)
def mlp_mnist(keras, rows):
    layers = keras.layers
    model = keras.Sequential([keras.Input((784,))])
    for _ in range(2):
        model.add(layers.Dense(512, activation="relu"))
        model.add(layers.Dropout(0.2))
    model.add(layers.Dense(10, activation="softmax"))
    loss = "sparse_categorical_crossentropy"
    model.compile("rmsprop", loss, metrics=["accuracy"])
    return Case(model, normal(rows, 784), numbers(rows, 10))


@workload("the classic convnet for MNIST, Adam", 128, 8)
def mnist_convnet(keras, rows):
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return Case(model, normal(rows, 28, 28, 1), one_hot(numbers(rows, 10)))


@workload("ResNet20 v1 for 32 x 32 pixels with batch normalisation and l2", 128, 2)
def resnet20_v1(keras, rows):
    layers = keras.layers

    def convolve(x, filters, size=3, strides=1):
        return layers.Conv2D(
            filters,
            size,
            strides=strides,
            padding="same",
            kernel_initializer="he_normal",
            kernel_regularizer=keras.regularizers.L2(1e-4),
        )(x)

    inputs = keras.Input((32, 32, 3))
    x = layers.ReLU()(layers.BatchNormalization()(convolve(inputs, 16)))
    for stack, filters in enumerate((16, 32, 64)):
        for block in range(3):
            strides = 2 if stack and not block else 1
            y = convolve(x, filters, strides=strides)
            y = layers.ReLU()(layers.BatchNormalization()(y))
            y = layers.BatchNormalization()(convolve(y, filters))
            if strides > 1:
                x = convolve(x, filters, 1, strides)
            x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.Flatten()(layers.AveragePooling2D(8)(x))
    model = keras.Model(inputs, layers.Dense(10, activation="softmax")(x))
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return Case(model, normal(rows, 32, 32, 3), one_hot(numbers(rows, 10)))


@workload("embedding of 20000 words, LSTM of 128 units, 80 words", 32, 16)
def lstm_imdb(keras, rows):
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((80,), dtype="int32"),
            layers.Embedding(20000, 128),
            layers.LSTM(128),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return Case(model, numbers(rows, 20000, 80), numbers(rows, 2, 1))


@workload("the next of 57 characters after 40 of them, LSTM of 128 units", 128, 8)
def char_lstm(keras, rows):
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((40, 57)),
            layers.LSTM(128),
            layers.Dense(57, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.RMSprop(0.01), "categorical_crossentropy")
    x, y = numbers(rows, 57, 40), numbers(rows, 57)
    return Case(model, one_hot(x, 57).astype(bool), one_hot(y, 57))


@workload("text classification by one transformer block, 200 words", 32, 12)
def transformer(keras, rows):
    layers = keras.layers
    words = keras.Input((200,), dtype="int32")
    places = keras.Input((200,), dtype="int32")
    x = layers.Add()(
        [layers.Embedding(20000, 32)(words), layers.Embedding(200, 32)(places)]
    )
    a = layers.MultiHeadAttention(num_heads=2, key_dim=32)(x, x)
    x = layers.LayerNormalization()(layers.Add()([x, layers.Dropout(0.1)(a)]))
    f = layers.Dense(32)(layers.Dense(32, activation="relu")(x))
    x = layers.LayerNormalization()(layers.Add()([x, layers.Dropout(0.1)(f)]))
    x = layers.Dropout(0.1)(layers.GlobalAveragePooling1D()(x))
    x = layers.Dropout(0.1)(layers.Dense(20, activation="relu")(x))
    model = keras.Model([words, places], layers.Dense(2, activation="softmax")(x))
    loss = "sparse_categorical_crossentropy"
    model.compile("adam", loss, metrics=["accuracy"])
    places = np.tile(np.arange(200, dtype="int32"), (rows, 1))
    return Case(model, [numbers(rows, 20000, 200), places], numbers(rows, 2))


@workload("pairs of convolutions with pooling and dropout, as in VGG", 32, 8)
def vgg_like(keras, rows):
    layers = keras.layers
    model = keras.Sequential([keras.Input((32, 32, 3))])
    for filters in (32, 64):
        model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        model.add(layers.Conv2D(filters, 3, activation="relu"))
        model.add(layers.MaxPooling2D())
        model.add(layers.Dropout(0.25))
    model.add(layers.Flatten())
    model.add(layers.Dense(512, activation="relu"))
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])
    return Case(model, normal(rows, 32, 32, 3), one_hot(numbers(rows, 10)))


@workload("depthwise and pointwise convolutions, as in MobileNet", 32, 4)
def mobilenet_like(keras, rows):
    layers = keras.layers

    def settle(x):
        return layers.ReLU(6.0)(layers.BatchNormalization()(x))

    inputs = keras.Input((64, 64, 3))
    x = settle(layers.Conv2D(32, 3, 2, padding="same", use_bias=False)(inputs))
    for filters, strides in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1)):
        x = layers.DepthwiseConv2D(3, strides, padding="same", use_bias=False)(x)
        x = settle(layers.Conv2D(filters, 1, use_bias=False)(settle(x)))
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, layers.Dense(10, activation="softmax")(x))
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return Case(model, normal(rows, 64, 64, 3), one_hot(numbers(rows, 10)))


@workload("two bidirectional layers of 64 GRU units, 80 words", 32, 12)
def bidirectional_gru(keras, rows):
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((80,), dtype="int32"),
            layers.Embedding(20000, 64),
            layers.Bidirectional(layers.GRU(64, return_sequences=True)),
            layers.Bidirectional(layers.GRU(64)),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return Case(model, numbers(rows, 20000, 80), numbers(rows, 2, 1))


@workload("text classification by convolution over 400 words", 32, 12)
def conv1d_text(keras, rows):
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((400,), dtype="int32"),
            layers.Embedding(5000, 50),
            layers.Dropout(0.2),
            layers.Conv1D(250, 3, activation="relu"),
            layers.GlobalMaxPooling1D(),
            layers.Dense(250, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return Case(model, numbers(rows, 5000, 400), numbers(rows, 2, 1))


@workload("generator and discriminator in turns, by train_on_batch", 64, 4)
def gan(keras, rows):
    layers, batch = keras.layers, WORKLOADS["gan"].batch
    generator = keras.Sequential(
        [
            keras.Input((100,)),
            layers.Dense(7 * 7 * 64),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Reshape((7, 7, 64)),
            layers.Conv2DTranspose(64, 4, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2DTranspose(32, 4, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2D(1, 5, padding="same", activation="sigmoid"),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2D(64, 3, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.GlobalMaxPooling2D(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    discriminator.compile(keras.optimizers.Adam(1e-4), "binary_crossentropy")
    discriminator.trainable = False
    whole = keras.Sequential([keras.Input((100,)), generator, discriminator])
    whole.compile(keras.optimizers.Adam(1e-4), "binary_crossentropy")
    images, noise = np.abs(normal(rows, 28, 28, 1)), normal(rows, 100)
    ones, zeros = np.ones((batch, 1), "float32"), np.zeros((batch, 1), "float32")

    def epoch():
        for start in range(0, rows, batch):
            part = slice(start, start + batch)
            made = generator.predict_on_batch(noise[part])
            discriminator.train_on_batch(images[part], ones)
            discriminator.train_on_batch(np.asarray(made), zeros)
            whole.train_on_batch(noise[part], ones)

    return Case(whole, noise, np.ones((rows, 1), "float32"), epoch)


@workload("a linear model beside a deep one on embedded categories", 128, 40)
def wide_and_deep(keras, rows):
    layers = keras.layers
    wide, plain = keras.Input((1000,)), keras.Input((13,))
    categories = keras.Input((8,), dtype="int32")
    deep = layers.Flatten()(layers.Embedding(8000, 16)(categories))
    deep = layers.Concatenate()([deep, plain])
    for units in (256, 128):
        deep = layers.Dense(units, activation="relu")(deep)
    total = layers.Add()([layers.Dense(1)(wide), layers.Dense(1)(deep)])
    outputs = layers.Activation("sigmoid")(total)
    model = keras.Model([wide, plain, categories], outputs)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    marks = (normal(rows, 1000) > 2.0).astype("float32")
    inputs = [marks, normal(rows, 13), numbers(rows, 8000, 8)]
    return Case(model, inputs, numbers(rows, 2, 1))
