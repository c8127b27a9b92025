"""Seconds to build, differentiate and compile the training graph of ResNet50.

    KERASISH_BACKEND=cpu python benchmarks/compile_resnet50.py

What the first training step takes longer than the second counts as compiling: also the
memory that is touched for the first time.
"""

import time

import numpy as np

import kerasish as keras
from kerasish import layers


def unit(x, filters, strides=1, project=False):
    """A bottleneck block with its shortcut."""
    shortcut = x
    if project:
        shortcut = layers.Conv2D(4 * filters, 1, strides=strides)(x)
        shortcut = layers.BatchNormalization()(shortcut)
    y = layers.Conv2D(filters, 1, strides=strides)(x)
    y = layers.ReLU()(layers.BatchNormalization()(y))
    y = layers.Conv2D(filters, 3, padding="same")(y)
    y = layers.ReLU()(layers.BatchNormalization()(y))
    y = layers.BatchNormalization()(layers.Conv2D(4 * filters, 1)(y))
    return layers.ReLU()(layers.Add()([shortcut, y]))


def resnet50(size):
    """Return the network for square colour images."""
    inputs = keras.Input((size, size, 3))
    x = layers.Conv2D(64, 7, strides=2, padding="same")(inputs)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.MaxPooling2D(3, 2, padding="same")(x)
    for filters, count, strides in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        x = unit(x, filters, strides, project=True)
        for _ in range(count - 1):
            x = unit(x, filters)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(1000, activation="softmax")(x))


def main():
    x, y = np.zeros((1, 32, 32, 3), "float32"), np.zeros(1, "int32")
    start = time.perf_counter()
    model = resnet50(32)
    model.compile("adam", "sparse_categorical_crossentropy")
    built = time.perf_counter()
    model.train_on_batch(x, y)
    first = time.perf_counter()
    model.train_on_batch(x, y)
    second = time.perf_counter()
    print(f"build the layers          {built - start:6.2f} s")
    print(f"differentiate and compile {2 * first - built - second:6.2f} s")
    print(f"both together             {2 * first - start - second:6.2f} s")
    print(f"one step                  {second - first:6.2f} s")


if __name__ == "__main__":
    main()
