"""Every kind of data that fit, evaluate and predict take."""

import threading

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

import kerasish as keras
from kerasish import ops
from kerasish.errors import ShapeError
from kerasish.models.data.arrays import ArraySource
from kerasish.models.data.source import open_source
from kerasish.models.data.split import split_arrays
from kerasish.models.data.steps import EpochSteps

RANDOM = np.random.default_rng(3)
X = RANDOM.standard_normal((14, 3)).astype("float32")
Y = X @ np.array([[1.0], [-2.0], [0.5]], "float32")


def model_of(*sizes, outputs=1):
    inputs = [keras.Input((n,), name=f"in{i}") for i, n in enumerate(sizes)]
    x = keras.layers.Concatenate()(inputs) if len(inputs) > 1 else inputs[0]
    results = [keras.layers.Dense(1, name=f"out{i}")(x) for i in range(outputs)]
    model = keras.Model(
        inputs if len(inputs) > 1 else inputs[0],
        results if outputs > 1 else results[0],
    )
    for weight in model.weights:
        weight.assign(np.full(weight.shape, 0.1, "float32"))
    model.compile(keras.optimizers.SGD(0.05), "mse")
    return model


def trained_on(*args, model=None, **options):
    model = model or model_of(3)
    options = {"epochs": 2, "batch_size": 4, "shuffle": False, "verbose": 0} | options
    history = model.fit(*args, **options)
    return history.history["loss"], model.get_weights()


REFERENCE = None


def check_same(result):
    global REFERENCE
    if REFERENCE is None:
        REFERENCE = trained_on(X, Y)
    np.testing.assert_allclose(result[0], REFERENCE[0], rtol=1e-5)
    for weight, expected in zip(result[1], REFERENCE[1], strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-5, atol=1e-6)


class Lazy:
    """An array that is read in slices only, as from a file."""

    def __init__(self, array):
        self._array = array
        self.shape = array.shape
        self.dtype = array.dtype
        self.reads = []

    def __getitem__(self, index):
        self.reads.append(index)
        if not isinstance(index, slice):
            assert (np.diff(index) > 0).all(), "a file is read in rising order"
        return self._array[index]


class Batches(keras.utils.PyDataset):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.epochs = []

    def __len__(self):
        return 4

    def __getitem__(self, index):
        rows = slice(4 * index, 4 * index + 4)
        return X[rows], Y[rows]

    def on_epoch_begin(self):
        self.epochs.append("begin")

    def on_epoch_end(self):
        self.epochs.append("end")


def batches():
    for start in range(0, 14, 4):
        yield X[start : start + 4], Y[start : start + 4]


@pytest.mark.parametrize(
    "x",
    [
        X.astype("float64"),
        X.tolist(),
        pd.DataFrame(X, columns=["a", "b", "c"]),
        keras.ops.convert_to_tensor(X),
        keras.Variable(X),
        scipy.sparse.csr_matrix(X),
        Lazy(X),
        [X],
        {"in0": X},
        {"in0": X.tolist()},
        np.asfortranarray(X),
        np.repeat(X, 2, axis=1)[:, ::2],
    ],
    ids=lambda x: type(x).__name__,
)
def test_kinds_of_x(x):
    check_same(trained_on(x, Y))


@pytest.mark.parametrize(
    "y",
    [
        Y[:, 0],
        pd.Series(Y[:, 0]),
        pd.DataFrame(Y),
        Y.tolist(),
        [Y],
        {"out0": Y},
        {"out0": Y.tolist()},
        Y.astype("float64"),
    ],
    ids=lambda y: type(y).__name__,
)
def test_kinds_of_y(y):
    check_same(trained_on(X, y))


def test_memory_maps(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, X)
    check_same(trained_on(np.load(path, mmap_mode="r"), Y))


def test_a_dataset():
    data = Batches()
    check_same(trained_on(data))
    assert data.epochs == ["begin", "end"] * 2


class Neighbours(keras.Model):
    """Sums over the edges that end at each node."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, inputs):
        nodes, edges = inputs
        sent = ops.take(self.dense(nodes), edges[:, 0], axis=0)
        return ops.segment_sum(sent, edges[:, 1], num_segments=ops.shape(nodes)[0])


def test_inputs_of_several_sizes_in_a_batch():
    rows = np.random.default_rng(0)
    batches = [
        ((X[:n], rows.integers(0, n, (2 * n, 2))), Y[:n], np.ones(n)) for n in (4, 6)
    ]

    class Graphs(Batches):
        def __len__(self):
            return len(batches)

        def __getitem__(self, index):
            return batches[index]

    model = Neighbours()
    model.compile("sgd", "mse")
    losses = model.fit(Graphs(), epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert model.predict_on_batch(batches[0][0]).shape == (4, 1)
    with pytest.raises(ShapeError, match="number of samples"):
        model.train_on_batch(batches[0][0], Y[:4], np.ones(5))


def test_something_like_a_dataset():
    class Plain:
        def __len__(self):
            return 4

        def __getitem__(self, index):
            return Batches()[index]

    check_same(trained_on(Plain()))


@pytest.mark.parametrize(
    "options", [{"workers": 3}, {"workers": 3, "max_queue_size": 1}]
)
def test_a_dataset_with_workers_leaves_no_thread(options):
    before = threading.active_count()
    check_same(trained_on(Batches(**options)))
    assert threading.active_count() == before


def test_a_dataset_with_processes():
    check_same(trained_on(Batches(workers=2, use_multiprocessing=True)))


def test_an_error_in_a_worker_reaches_the_caller():
    class Broken(Batches):
        def __getitem__(self, index):
            if index == 2:
                raise RuntimeError("no such file")
            return super().__getitem__(index)

    before = threading.active_count()
    with pytest.raises(RuntimeError, match="no such file"):
        trained_on(Broken(workers=2))
    assert threading.active_count() == before


def test_an_iterable_starts_anew_each_epoch():
    check_same(trained_on(list_of_batches()))


def list_of_batches():
    class Loader:
        def __iter__(self):
            return batches()

        def __len__(self):
            return 4

    return Loader()


def test_a_generator_goes_on_from_epoch_to_epoch():
    def endless():
        while True:
            yield from batches()

    check_same(trained_on(endless(), steps_per_epoch=4))


def test_a_generator_without_steps_is_one_epoch():
    with pytest.warns(UserWarning, match="ran out of data"):
        losses, _ = trained_on(batches(), epochs=3)
    assert len(losses) == 1


def test_a_generator_that_ends_too_early():
    with pytest.warns(UserWarning, match="ran out of data"):
        losses, _ = trained_on(batches(), epochs=3, steps_per_epoch=3)
    assert len(losses) == 2


def test_steps_per_epoch_cuts_arrays_into_epochs():
    losses, weights = trained_on(X[:8], Y[:8], steps_per_epoch=1, epochs=4)
    _, expected = trained_on(X[:8], Y[:8], epochs=2)
    assert len(losses) == 4
    np.testing.assert_allclose(weights[0], expected[0], rtol=1e-6)


def test_several_inputs_and_outputs_in_all_structures():
    a, b = X[:, :1], X[:, 1:]
    reference = None
    for x in ([a, b], (a, b), {"in0": a, "in1": b}, {"in1": b, "in0": a}):
        for y in ([Y, -Y], (Y, -Y), {"out0": Y, "out1": -Y}):
            model = model_of(1, 2, outputs=2)
            result = trained_on(x, y, model=model)[0]
            reference = reference or result
            np.testing.assert_allclose(result, reference, rtol=1e-6)
            outputs = model.predict(x, batch_size=4, verbose=0)
            assert [out.shape for out in outputs] == [(14, 1), (14, 1)]


def test_dict_outputs_come_back_as_a_dict():
    inputs = keras.Input((3,))
    outputs = {"b": keras.layers.Dense(1)(inputs), "a": keras.layers.Dense(2)(inputs)}
    model = keras.Model(inputs, outputs)
    model.compile("sgd", {"a": "mse", "b": "mae"}, metrics={"b": ["mse"]})
    targets = {"a": np.repeat(Y, 2, axis=1), "b": Y}
    history = model.fit(X, targets, verbose=0).history
    assert list(history) == ["a_loss", "b_loss", "b_mse", "loss"]
    found = model.predict(X, batch_size=5, verbose=0)
    assert {key: value.shape for key, value in found.items()} == {
        "a": (14, 2),
        "b": (14, 1),
    }


def test_the_short_last_batch_is_predicted_and_weighted():
    model = model_of(3)
    whole = model.predict(X, batch_size=14, verbose=0)
    for size in (1, 4, 5, 13, 20):
        parts = model.predict(X, batch_size=size, verbose=0)
        np.testing.assert_allclose(parts, whole, rtol=1e-6)
        loss = model.evaluate(X, Y, batch_size=size, verbose=0)
        assert loss == pytest.approx(np.mean((whole - Y) ** 2), rel=1e-5)
    np.testing.assert_allclose(model.predict(batches(), verbose=0), whole, rtol=1e-6)
    assert model.predict(X, batch_size=4, steps=2, verbose=0).shape == (8, 1)


def test_results_are_copies():
    model = model_of(3)
    first = model.predict(X[:2], verbose=0)
    kept = first.copy()
    model.predict(X[2:4], verbose=0)
    np.testing.assert_array_equal(first, kept)
    weights = model.get_weights()[0]
    weights[:] = 7.0
    assert model.get_weights()[0][0, 0] != 7.0


def test_small_predictions_cast_and_change_shape():
    model = model_of(3)
    for dtype in ("float64", "int32", "uint8", "bool"):
        x = np.ones((1, 3), dtype)
        expected = model.predict(x.astype("float32"), verbose=0)
        for _ in range(2):
            np.testing.assert_allclose(model.predict(x, verbose=0), expected)


@pytest.mark.parametrize("kind", [list, tuple])
def test_small_predictions_of_several_inputs(kind):
    a, b = keras.Input((3,)), keras.Input((2,))
    model = keras.Model([a, b], keras.layers.Concatenate()([a, b]))
    x, y = X[:5], np.arange(10).reshape(5, 2)
    for rows in (1, 5, 2):
        found = model.predict(kind([x[:rows], y[:rows]]), verbose=0)
        np.testing.assert_array_equal(found, np.hstack([x[:rows], y[:rows]]))
    with pytest.raises(ValueError, match="x"):
        model.predict(kind([x[:2], y[:3]]), verbose=0)


def test_integers_stay_integers():
    source = open_source(np.array([[16_777_217]]), np.array([1]))
    assert [dtype.name for dtype in source.signature.dtypes] == ["int64", "int64"]
    source = open_source(np.array([[3]]), input_dtypes=["float32"])
    assert source.signature.dtypes[0].name == "float32"


@pytest.mark.parametrize("shuffle", [True, "batch", False])
@pytest.mark.parametrize("lazy", [False, True])
def test_each_sample_comes_once_an_epoch(shuffle, lazy):
    x = np.arange(23.0)[:, None]
    source = ArraySource(
        Lazy(x) if lazy else x, x * 2, None, batch_size=4, shuffle=shuffle
    )
    orders = []
    for _ in range(2):
        rows = []
        for _, (a, b) in source.epoch():
            np.testing.assert_array_equal(b, 2 * a)
            rows.append(a[:, 0].tolist())
        flat = [value for row in rows for value in row]
        assert sorted(flat) == x[:, 0].tolist()
        orders.append(flat)
        if shuffle == "batch":
            assert all(row == sorted(row) for row in rows)
    if shuffle:
        assert orders[0] != orders[1]
    else:
        assert orders[0] == orders[1] == x[:, 0].tolist()


def test_shuffling_repeats_with_the_seed():
    def run():
        keras.utils.set_random_seed(1)
        return trained_on(X, Y, shuffle=True)[0]

    assert run() == run()


def test_the_batches_of_a_dataset_are_shuffled():
    seen = []

    class Watched(Batches):
        def __getitem__(self, index):
            seen.append(index)
            return super().__getitem__(index)

    keras.utils.set_random_seed(0)
    trained_on(Watched(), shuffle=True, epochs=5)
    rounds = [seen[i : i + 4] for i in range(0, 20, 4)]
    assert all(sorted(order) == [0, 1, 2, 3] for order in rounds)
    assert any(order != [0, 1, 2, 3] for order in rounds)


def test_validation_split_takes_the_end():
    (train, validation) = split_arrays((X, [Y, Y], None), 0.25)
    np.testing.assert_array_equal(validation[0], X[10:])
    np.testing.assert_array_equal(train[1][1], Y[:10])
    lists = split_arrays(({"a": X.tolist()}, Y.tolist(), None), 0.25)[1]
    np.testing.assert_array_equal(lists[0]["a"], X[10:])
    np.testing.assert_array_equal(lists[1], Y[10:])
    frame = pd.DataFrame(X)
    assert len(split_arrays((frame, None, None), 0.5)[1][0]) == 7
    lazy = split_arrays((Lazy(X), None, None), 0.25)[1][0]
    np.testing.assert_array_equal(lazy[1:3], X[11:13])
    with pytest.raises(ValueError, match="leaves one part empty"):
        split_arrays((X[:1], None, None), 0.5)
    with pytest.raises(ValueError, match="between 0 and 1"):
        split_arrays((X, None, None), 1.5)
    with pytest.raises(ValueError, match="works on arrays only"):
        model_of(3).fit(batches(), validation_split=0.2, verbose=0)


@pytest.mark.parametrize(
    "data", [(X[:5], Y[:5]), [X[:5], Y[:5]], Batches(), list_of_batches()]
)
def test_kinds_of_validation_data(data):
    model = model_of(3)
    history = model.fit(X, Y, epochs=2, validation_data=data, verbose=0).history
    assert list(history) == ["loss", "val_loss"]
    pair = data if isinstance(data, (tuple, list)) else (X, Y)
    expected = model.evaluate(*pair, verbose=0)
    assert history["val_loss"][-1] == pytest.approx(expected, rel=1e-5)


def test_validation_steps_and_frequency():
    model = model_of(3)
    history = model.fit(
        X,
        Y,
        epochs=4,
        batch_size=4,
        validation_data=(X, Y),
        validation_steps=1,
        validation_freq=2,
        verbose=0,
    ).history
    assert len(history["val_loss"]) == 2
    expected = model.evaluate(X[:4], Y[:4], verbose=0)
    assert history["val_loss"][-1] == pytest.approx(expected, rel=1e-5)
    history = model.fit(
        X, Y, epochs=3, validation_data=(X, Y), validation_freq=[1, 3], verbose=0
    ).history
    assert len(history["val_loss"]) == 2


def test_class_weights_of_generators_and_one_hot_labels():
    labels = np.array([0, 1, 1, 0])
    x = X[:4]
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, "softmax")])

    def loss(y, name, **options):
        model.compile(keras.optimizers.SGD(0.0), name)
        return model.fit(*y, verbose=0, shuffle=False, **options).history["loss"][0]

    weights = np.array([3.0, 1.0, 1.0, 3.0])
    sparse = "sparse_categorical_crossentropy"
    expected = loss((x, labels), sparse, sample_weight=weights)
    options = {"class_weight": {0: 3.0}}
    assert loss((x, labels), sparse, **options) == pytest.approx(expected, rel=1e-6)
    one_hot = (x, np.eye(2)[labels])
    found = loss(one_hot, "categorical_crossentropy", **options)
    assert found == pytest.approx(expected, rel=1e-6)
    found = loss((iter([(x, labels)]),), sparse, **options)
    assert found == pytest.approx(expected, rel=1e-6)


def test_sequences_of_varying_length_share_a_step():
    model = keras.Sequential(
        [keras.Input((None, 2)), keras.layers.GlobalAveragePooling1D()]
    )
    model.add(keras.layers.Dense(1))
    model.compile("sgd", "mse")
    data = [(np.ones((2, n, 2)), np.ones((2, 1))) for n in (3, 5, 4, 6, 3)]
    model.fit(iter(data), verbose=0)
    assert len({id(step) for step in model._step_runner("train")._steps.values()}) == 1


def test_steps_of_an_epoch():
    steps = EpochSteps(open_source(X, batch_size=4))
    assert steps.num_batches == 4
    with pytest.raises(ValueError, match="positive integer"):
        EpochSteps(open_source(X), 0)


def test_the_methods_of_keras_2_for_generators():
    model = model_of(3)
    data = Batches()
    history = model.fit_generator(
        data, epochs=2, workers=2, shuffle=False, verbose=0, validation_data=(X, Y)
    )
    assert data.workers == 2
    check_same((history.history["loss"], model.get_weights()))
    last = history.history["val_loss"][-1]
    assert model.evaluate_generator(batches()) == pytest.approx(last, rel=1e-5)
    np.testing.assert_array_equal(
        model.predict_generator(batches(), steps=2), model.predict(X[:8], verbose=0)
    )
