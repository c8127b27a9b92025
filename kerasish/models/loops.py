"""The loops of `fit`, `evaluate` and `predict`."""

from __future__ import annotations

import contextlib

import numpy as np

from kerasish import tree
from kerasish.backend.devices import current_device
from kerasish.callbacks.callback_list import CallbackList
from kerasish.models.training_step import LazyLogs
from kerasish.utils.messages import is_interactive_logging_enabled


def make_callbacks(model, callbacks, verbose, steps, epochs=1, history=False):
    """Returns the `CallbackList` of a loop; one that was passed is kept.

    Args:
        model: The model.
        callbacks: List of callbacks, a `CallbackList`, or `None`.
        verbose: 0, 1, 2 or `"auto"`.
        steps: Number of steps of an epoch, or `None`.
        epochs: Number of epochs.
        history: Whether to add a `History`.

    Raises:
        ValueError: If `verbose` is something else.

    Example:

    >>> len(make_callbacks(None, None, 0, 1).callbacks)
    0
    """
    if isinstance(callbacks, CallbackList):
        return callbacks
    if verbose == "auto":
        verbose = 1 if is_interactive_logging_enabled() else 2
    if verbose not in (0, 1, 2):
        raise ValueError(f"verbose must be 0, 1, 2 or 'auto'.\nReceived: {verbose!r}")
    return CallbackList(
        callbacks,
        add_history=history,
        add_progbar=verbose != 0,
        model=model,
        verbose=int(verbose),
        epochs=epochs,
        steps=steps,
    )


def _kernels_together(model, steps, callbacks, hooks):
    """Returns the context of kernels for all steps, where no users' code runs between.

    Entered once, it costs the steps nothing.
    """
    theirs = model.run_eagerly or steps.source.signature is None
    if theirs or any(map(callbacks.needs_logs, hooks)):
        return contextlib.nullcontext()
    return current_device().guard()


def run_steps(model, runner, steps, callbacks, stop, consume=None, check=None, done=0):
    """Runs the steps of one epoch and calls the batch hooks.

    Args:
        model: The model.
        runner: `StepRunner`.
        steps: `EpochSteps`.
        callbacks: `CallbackList`.
        stop: Name of the attribute of the model that ends the loop.
        consume: Function of the outputs of each step, or `None`.
        check: Function of the signature and arrays of the first batch of each kind; it
            may return a function that checks the arrays of the next ones.
        done: Number of steps of the epoch that an earlier run has made.

    Returns:
        Number of steps of the epoch that are made.
    """
    hooks = [f"on_{runner.mode}_batch_{moment}" for moment in ("begin", "end")]
    begin, end = map(callbacks.listeners, hooks)
    call_begin, call_end = (getattr(callbacks, hook) for hook in hooks)
    logs = LazyLogs(model._step_logs(runner))
    together = model.steps_per_execution
    known = run = watch = None
    count = done
    with _kernels_together(model, steps, callbacks, hooks):
        for signature, arrays in steps.epoch(done):
            if signature is not known:
                run = runner.prepare(signature)
                known = signature
                if check is not None:
                    watch = check(signature, arrays)
            elif watch is not None:
                watch(arrays)
            if begin and count % together == 0:
                call_begin(count)
            runner.last = run(*arrays)
            count += 1
            if consume is not None:
                consume(runner.last)
            if count % together == 0:
                if end:
                    call_end(count - 1, logs)
                if getattr(model, stop):
                    break
    if end and count % together:
        call_end(count - 1, logs)
    callbacks.note_steps(count)
    return count


class FitProgress:
    """Where a running `fit` is, for callbacks that store that and go on from it.

    Args:
        steps: `EpochSteps` of the training data.
        callbacks: `CallbackList`.

    Attributes:
        first_epoch: The epoch to go on with, `None` for the one `fit` was told.
        done: Number of steps of that epoch that an earlier run has made.

    Example:

    >>> progress = FitProgress(None, None)
    >>> progress.first_epoch = 2
    >>> progress.remaining(range(4))
    range(2, 4)
    """

    def __init__(self, steps, callbacks):
        self.steps = steps
        self.callbacks = callbacks
        self.first_epoch = None
        self.done = 0

    def remaining(self, epochs):
        """Returns the epochs that are still to do.

        Args:
            epochs: Range of all epochs.
        """
        if self.first_epoch is None:
            return epochs
        return range(max(self.first_epoch, epochs.start), epochs.stop)


def fit_loop(model, steps, validation, callbacks, epochs, check):
    """Trains for a range of epochs.

    Args:
        model: A compiled model.
        steps: `EpochSteps` of the training data.
        validation: `None`, or `(steps, is_wanted)`: the `EpochSteps` of the validation
            data and a function of the epoch.
        callbacks: `CallbackList`.
        epochs: Range of the epochs.
        check: Function of the signature and arrays of the first batch of each kind.
    """
    runner = model._step_runner("train")
    # Not an attribute of the layer: setting one outdates predictions.
    model.__dict__["stop_training"] = False
    try:
        if steps.source.signature is not None:
            runner.prepare(steps.source.signature)
            check(steps.source.signature, steps.source.columns)
            check = None
        progress = model._training_state.progress = FitProgress(steps, callbacks)
        callbacks.on_train_begin()
        logs = {}
        for epoch in progress.remaining(epochs):
            model.reset_metrics()
            callbacks.on_epoch_begin(epoch)
            done, progress.done = progress.done, 0
            count = run_steps(
                model, runner, steps, callbacks, "stop_training", check=check, done=done
            )
            if count == 0 and steps.exhausted:
                break
            logs = model._step_logs(runner)()
            if validation is not None and validation[1](epoch):
                results = test_loop(model, validation[0], callbacks)
                logs.update({f"val_{name}": value for name, value in results.items()})
            logs = dict(sorted(logs.items()))
            callbacks.on_epoch_end(epoch, logs)
            if model.stop_training or steps.exhausted:
                break
        finish = getattr(model.optimizer, "finalize_variable_values", None)
        if finish is not None:
            finish(model.trainable_variables)
        callbacks.on_train_end(logs)
    finally:
        model._training_state.progress = None
        callbacks.close()
        steps.close()
        if validation is not None:
            validation[0].close()


def test_loop(model, steps, callbacks, check=None) -> dict:
    """Evaluates once over the data.

    Args:
        model: A compiled model.
        steps: `EpochSteps` of the data.
        callbacks: `CallbackList`.
        check: Function of the signature and arrays of the first batch of each kind.

    Returns:
        Dict of results.
    """
    runner = model._step_runner("test")
    model.__dict__["stop_evaluating"] = False
    if steps.source.signature is not None:
        runner.prepare(steps.source.signature)
        if check is not None:
            check(steps.source.signature, steps.source.columns)
            check = None
    callbacks.on_test_begin()
    model.reset_metrics()
    count = run_steps(model, runner, steps, callbacks, "stop_evaluating", check=check)
    if count == 0:
        raise ValueError("There is no data to evaluate: the source yields no batches.")
    logs = model._step_logs(runner)()
    callbacks.on_test_end(logs)
    return logs


class _Gatherer:
    """Puts the outputs of all batches one below the other."""

    def __init__(self, size):
        self.size = size
        self.parts = []
        self.whole = None
        self.filled = 0

    def __call__(self, arrays):
        if self.whole is None and not self.parts:
            self._start(arrays)
        if self.whole is None:
            self.parts.append(arrays)
            return
        stop = self.filled + len(arrays[0])
        for whole, array in zip(self.whole, arrays):
            whole[self.filled : stop] = array
        self.filled = stop

    def _start(self, arrays):
        """Takes memory for all outputs at once if they have a row for each sample."""
        if self.size is None or any(array.ndim == 0 for array in arrays):
            return
        count, limit = self.size
        if count > limit and all(len(array) == limit for array in arrays):
            self.whole = [
                np.empty((count, *array.shape[1:]), array.dtype) for array in arrays
            ]

    def result(self):
        if self.whole is not None:
            return [whole[: self.filled] for whole in self.whole]
        if len(self.parts) == 1:
            return self.parts[0]
        return [np.concatenate(column) for column in zip(*self.parts)]


def predict_loop(model, steps, callbacks):
    """Computes the outputs for all data.

    Args:
        model: A model.
        steps: `EpochSteps` of the data.
        callbacks: `CallbackList`.

    Returns:
        The outputs: arrays in the structure of the model's outputs.
    """
    runner = model._step_runner("predict")
    model.__dict__["stop_predicting"] = False
    source = steps.source
    size = None
    if source.signature is not None and steps.steps is None:
        size = (source.size, source.batch_size)
    gather = _Gatherer(size)
    try:
        if source.signature is not None:
            runner.prepare(source.signature)
        callbacks.on_predict_begin()
        count = run_steps(
            model, runner, steps, callbacks, "stop_predicting", consume=gather
        )
        if count == 0:
            raise ValueError("There is no data to predict: the source has no batches.")
        callbacks.on_predict_end()
    finally:
        callbacks.close()
        steps.close()
    return tree.pack_sequence_as(runner.structure, gather.result())
