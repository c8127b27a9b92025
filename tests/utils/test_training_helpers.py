"""Labels, padding, seeds, enqueuers and progress bars."""

import io
import random
import re
import sys
import threading

import numpy as np
import pytest

import kerasish as keras
from kerasish.utils import (
    GeneratorEnqueuer,
    OrderedEnqueuer,
    Progbar,
    PyDataset,
    normalize,
    pack_x_y_sample_weight,
    pad_sequences,
    set_random_seed,
    to_categorical,
    unpack_x_y_sample_weight,
)
from kerasish.utils.notebook import Board
from kerasish.utils.progress import (
    ProgressBar,
    format_number,
    format_time,
    has_live_display,
)


def test_to_categorical():
    np.testing.assert_array_equal(to_categorical([0, 2, 1]), np.eye(3)[[0, 2, 1]])
    assert to_categorical(np.zeros((2, 3, 1)), num_classes=4).shape == (2, 3, 4)
    assert to_categorical([1], dtype="int8").dtype == "int8"
    with pytest.raises(ValueError, match="must lie from 0 to 2"):
        to_categorical([3], num_classes=3)
    with pytest.raises(ValueError, match="-1 to 0"):
        to_categorical([-1, 0])


def test_normalize():
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(normalize(x), [[0.6, 0.8], [0.0, 0.0]])
    np.testing.assert_allclose(normalize(x, axis=0, order=1)[:, 0], [1.0, 0.0])


def test_pad_sequences():
    rows = [[1, 2, 3, 4], [5]]
    np.testing.assert_array_equal(pad_sequences(rows, 3), [[2, 3, 4], [0, 0, 5]])
    np.testing.assert_array_equal(
        pad_sequences(rows, 3, padding="post", truncating="post", value=-1),
        [[1, 2, 3], [5, -1, -1]],
    )
    vectors = [[[1, 1], [2, 2]], [[3, 3]]]
    assert pad_sequences(vectors).shape == (2, 2, 2)
    assert pad_sequences([[], [1]]).tolist() == [[0], [1]]
    with pytest.raises(ValueError, match="padding must be"):
        pad_sequences(rows, padding="left")
    with pytest.raises(ValueError, match="must be a list"):
        pad_sequences([1, 2])


def test_packing_a_batch():
    assert unpack_x_y_sample_weight(([1], 2)) == ([1], 2, None)
    assert unpack_x_y_sample_weight({"a": 1}) == ({"a": 1}, None, None)
    assert pack_x_y_sample_weight([1]) == ([1],)
    assert pack_x_y_sample_weight(1, 2, 3) == (1, 2, 3)
    with pytest.raises(ValueError, match="a tuple of 4"):
        unpack_x_y_sample_weight((1, 2, 3, 4))


def test_set_random_seed_repeats_everything():
    def draw():
        set_random_seed(5)
        layer = keras.layers.Dense(3)
        layer.build((None, 2))
        numbers = random.random(), np.random.rand()  # noqa: NPY002
        return numbers, layer.get_weights()[0].tolist()

    assert draw() == draw()
    for bad in (1.5, -1, 2**32, True):
        with pytest.raises(ValueError, match="seed must"):
            set_random_seed(bad)


def test_py_dataset_needs_its_methods():
    with pytest.raises(NotImplementedError, match="__getitem__"):
        PyDataset()[0]
    with pytest.raises(NotImplementedError, match="__len__"):
        _ = PyDataset().num_batches

    class Forgetful(PyDataset):
        def __init__(self):
            pass

    with pytest.warns(UserWarning, match="super"):
        assert Forgetful().workers == 1


def test_enqueuers_keep_the_order_and_stop():
    before = threading.active_count()
    queue = OrderedEnqueuer([10, 20, 30])
    with pytest.raises(RuntimeError, match="start"):
        next(queue.get())
    queue.start(workers=3, max_queue_size=2)
    items = queue.get()
    assert [next(items) for _ in range(5)] == [10, 20, 30, 10, 20]
    queue.stop()
    queue = GeneratorEnqueuer(i * i for i in range(4))
    queue.start()
    assert list(queue.get()) == [0, 1, 4, 9]
    queue.stop()
    assert threading.active_count() == before


def test_numbers_and_times_are_short():
    assert format_number(0.0) == "0.0000"
    assert format_number(1.23456e-5) == "1.2346e-05"
    assert format_number("text") == "text"
    assert [format_time(t) for t in (1e-5, 0.5, 2.0, 300.0)] == [
        "10us",
        "500ms",
        "2.0s",
        "300s",
    ]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progbar_averages_and_prints_one_line(capsys):
    bar = Progbar(3, stateful_metrics=["rate"])
    for step in range(3):
        bar.add(1, values=[("loss", step), ("rate", step)])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    assert "3/3" in lines[0]
    assert "loss: 1.0000" in lines[0]
    assert "rate: 2.0000" in lines[0]


def test_the_bar_reads_values_only_when_it_draws(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    reads = []

    def read():
        reads.append(1)
        return {"loss": 0.25}

    bar = ProgressBar("Epoch 1/1", total=1000, interval=100.0)
    for step in range(1000):
        bar.update(step + 1, read)
    bar.finish({"loss": 0.5})
    assert reads == []
    assert "1000/1000" in screen.getvalue()
    assert "loss=0.5000" in screen.getvalue()
    assert screen.getvalue().count("\n") == 1


def fit_and_print(verbose, monkeypatch, screen, **options):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.zeros((8, 2)), np.zeros((8, 1))
    monkeypatch.setattr(sys, "stdout", screen)
    model.fit(x, y, epochs=2, batch_size=2, verbose=verbose, **options)
    return screen.getvalue()


def test_fit_prints_one_line_an_epoch_into_a_file(monkeypatch):
    for verbose in ("auto", 1, 2):
        options = {"validation_split": 0.25}
        text = fit_and_print(verbose, monkeypatch, io.StringIO(), **options)
        lines = text.splitlines()
        assert len(lines) == 2
        assert lines[1].startswith("Epoch 2/2 - 3/3 - ")
        assert "val_loss: " in lines[1]


def test_fit_draws_one_bar_an_epoch_in_a_terminal(monkeypatch):
    threads = threading.active_count()
    text = fit_and_print(1, monkeypatch, Terminal())
    assert text.count("\n") == 2
    assert "Epoch 2/2" in text
    assert "4/4" in text
    assert threading.active_count() == threads
    assert fit_and_print(2, monkeypatch, Terminal()).count("\r") == 0


def test_messages_do_not_tear_the_bar(monkeypatch):
    chatty = keras.callbacks.LearningRateScheduler(lambda epoch: 0.1, verbose=1)
    text = fit_and_print(1, monkeypatch, Terminal(), callbacks=[chatty])
    lines = [line.rsplit("\r", 1)[-1] for line in text.split("\n")]
    assert sum("LearningRateScheduler setting" in line for line in lines) == 2
    assert not any("Scheduler" in line and "4/4" in line for line in lines)


def test_an_epoch_that_was_cut_short_shows_its_steps(capsys):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")

    def stop(batch, logs):
        model.stop_training = batch == 2

    hook = keras.callbacks.LambdaCallback(on_train_batch_end=stop)
    x, y = np.zeros((20, 2)), np.zeros((20, 1))
    data = (x[:7], y[:7])
    options = {"validation_data": data, "batch_size": 4, "callbacks": [hook]}
    model.fit(x, y, **options)
    assert capsys.readouterr().out.startswith("Epoch 1/1 - 3/5 - ")
    model.fit(iter([(x, y)] * 3), verbose=2, validation_data=data)
    assert "Epoch 1/1 - 3/3 - " in capsys.readouterr().out


def test_silent_means_silent(capsys):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.zeros((8, 2)), np.zeros((8, 1))
    model.fit(x, y, verbose=0)
    model.evaluate(x, y, verbose=0)
    model.predict(x, verbose=0)
    model.predict(x)
    assert capsys.readouterr().out == ""


def test_interactive_logging_can_be_switched_off(capsys):
    keras.utils.disable_interactive_logging()
    try:
        assert not keras.utils.is_interactive_logging_enabled()
    finally:
        keras.utils.enable_interactive_logging()
    assert keras.utils.is_interactive_logging_enabled()


@pytest.fixture
def shown(monkeypatch):
    """The outputs that a notebook would hold, as lists of their versions."""
    outputs = []

    class Shell:
        config = {"IPKernelApp": {}}

    class Handle:
        def __init__(self, bundle):
            self.versions = [bundle["text/plain"]]
            outputs.append(self.versions)

        def update(self, bundle, raw):
            self.versions.append(bundle["text/plain"])

    fake, display = type(sys)("IPython"), type(sys)("IPython.display")
    fake.get_ipython = Shell
    display.display = lambda bundle, raw, display_id: Handle(bundle)
    assert not has_live_display()
    monkeypatch.setitem(sys.modules, "IPython", fake)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return outputs


def test_a_notebook_has_a_live_display(shown):
    assert has_live_display()
    bar = ProgressBar("Epoch 1/1", total=2)
    bar.update(1)
    bar.finish({"loss": 0.5})
    bar.close()
    ((first, *_, last),) = shown
    assert first.startswith("Epoch 1/1 ──")
    assert re.fullmatch(r"Epoch 1/1 ━*─* 1/2 [\d.]+s loss=0.5000", last)
    endless = ProgressBar("", total=None)
    endless.update(3)
    endless.finish()
    assert shown[1][0] == "0 0.0s"
    assert re.fullmatch(r"━{20} 3/3 [\d.]+s", shown[1][-1])


def test_fit_in_a_notebook_is_one_output(shown, capsys):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.zeros((8, 2)), np.zeros((8, 1))
    model.fit(x, y, batch_size=2, epochs=3, validation_data=(x, y))
    (versions,) = shown
    lines = versions[-1].splitlines()
    assert [line.split()[1] for line in lines] == ["1/3", "2/3", "3/3"]
    for line in lines:
        assert re.fullmatch(r"Epoch ./3 ━{20} 4/4 \S+s loss=0.0000 val_loss=\S+", line)
    model.evaluate(x, y)
    assert shown[1][-1].startswith("Test ━")
    assert capsys.readouterr().out == ""


def test_many_epochs_keep_the_first_and_the_last_lines():
    board = Board()
    for number in range(30):
        board.write(board.new_line(), f"Epoch {number}")
    lines = board.text().splitlines()
    assert lines[:3] == ["Epoch 0", "(18 more)", "Epoch 19"]
    assert lines[-1] == "Epoch 29"


def test_a_new_session_starts_names_afresh():
    keras.layers.Dense(1)
    keras.utils.clear_session()
    assert keras.layers.Dense(1).name == "dense"
    assert keras.utils.is_keras_tensor(keras.Input((1,)))
    assert not keras.utils.is_keras_tensor(np.zeros(1))
