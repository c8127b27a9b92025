"""Long `fit` calls with callbacks and data of several kinds."""

import numpy as np

import kerasish as keras
from kerasish import layers
from kerasish.callbacks import CSVLogger, EarlyStopping, ReduceLROnPlateau
from tests.programs.common import with_fixed_weights

X = np.random.RandomState(0).rand(40, 5)
Y = (X.sum(1) > 2.5).astype(int)


def classifier(**options):
    hidden = layers.Dense(8, activation="relu")
    outputs = layers.Dense(1, activation="sigmoid")
    model = keras.Sequential([keras.Input((5,)), hidden, outputs])
    with_fixed_weights(model)
    optimizer = keras.optimizers.Adam(0.05)
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"], **options)
    return model


def test_callbacks_together(tmp_path):
    model = classifier()
    history = model.fit(
        X,
        Y,
        epochs=8,
        batch_size=16,
        shuffle=False,
        verbose=0,
        validation_split=0.25,
        callbacks=[
            EarlyStopping(patience=8, restore_best_weights=True, start_from_epoch=1),
            ReduceLROnPlateau(factor=0.5, patience=1, min_delta=0.1, min_lr=1e-3),
            CSVLogger(str(tmp_path / "log.csv")),
        ],
    ).history
    rates = [0.05, 0.05, 0.025, 0.0125, 0.00625, 0.003125, 0.0015625, 0.001]
    np.testing.assert_allclose(history["learning_rate"], rates, rtol=1e-6)
    losses = [0.6902993, 0.6639103, 0.6521279, 0.6443292, 0.6396045]
    np.testing.assert_allclose(history["loss"][:5], losses, rtol=1e-4)
    found = model.evaluate(X[30:], Y[30:], verbose=0)[0]
    np.testing.assert_allclose(found, min(history["val_loss"][1:]), rtol=1e-5)
    lines = (tmp_path / "log.csv").read_text().splitlines()
    assert lines[0] == "epoch,accuracy,learning_rate,loss,val_accuracy,val_loss"
    assert len(lines) == 9


class Weighted(keras.utils.PyDataset):
    """Batches of nine samples, each with its weight."""

    def __len__(self):
        return 5

    def __getitem__(self, index):
        part = slice(9 * index, 9 * index + 9)
        return X[part], Y[part], np.full(len(Y[part]), index + 1.0)


def test_the_same_data_as_arrays_generator_and_dataset():
    weights = np.repeat([1.0, 2, 3, 4, 5], 9)[:40]
    logs = classifier().fit(
        X, Y, sample_weight=weights, batch_size=9, epochs=2, shuffle=False, verbose=0
    )

    def batches():
        dataset = Weighted()
        while True:
            yield from (dataset[index] for index in range(5))

    for data, steps in ((Weighted(), None), (batches(), 5)):
        model = classifier()
        again = model.fit(
            data, steps_per_epoch=steps, epochs=2, shuffle=False, verbose=0
        )
        np.testing.assert_allclose(again.history["loss"], logs.history["loss"])


def test_several_steps_at_once_and_eager_steps_train_alike():
    fit = {"batch_size": 8, "epochs": 2, "shuffle": False, "verbose": 0}
    expected = classifier().fit(X, Y, **fit).history
    for options in ({"steps_per_execution": 2}, {"run_eagerly": True}):
        found = classifier(**options).fit(X, Y, **fit).history
        np.testing.assert_allclose(found["loss"], expected["loss"], rtol=1e-5)
        np.testing.assert_allclose(found["accuracy"], expected["accuracy"])


def test_metrics_may_come_before_the_weights_of_losses_as_in_keras_2():
    inputs = keras.Input((5,))
    both = [layers.Dense(1, name="one")(inputs), layers.Dense(1, name="two")(inputs)]
    model = with_fixed_weights(keras.Model(inputs, both))
    model.compile("sgd", "mse", ["mae"], [1.0, 0.5])
    found = model.evaluate(X, [Y, Y], verbose=0, return_dict=True)
    assert {"one_mae", "two_mae"} <= set(found)
    total = found["one_loss"] + 0.5 * found["two_loss"]
    np.testing.assert_allclose(found["loss"], total, rtol=1e-6)


def test_own_functions_see_targets_of_the_rank_of_the_outputs():
    seen = []

    def error(y_true, y_pred):
        seen.append((y_true.ndim, y_pred.ndim))
        return keras.ops.square(y_true - y_pred)

    model = classifier()
    model.compile("sgd", error, metrics=[error])
    found = model.evaluate(X, Y, verbose=0)
    expected = ((model.predict(X, verbose=0)[:, 0] - Y) ** 2).mean()
    np.testing.assert_allclose(found, [expected, expected], rtol=1e-5)
    model.fit(X, Y, epochs=1, verbose=0)
    assert set(seen) == {(2, 2)}
