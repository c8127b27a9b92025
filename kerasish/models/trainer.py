"""`Trainer`: compile, fit, evaluate, predict."""

from __future__ import annotations

import numpy as np

from kerasish import tree
from kerasish.backend.limits import max_epochs, max_steps_per_epoch
from kerasish.models import loops
from kerasish.models.batch_methods import BatchMethods
from kerasish.models.data.arrays import check_batch_size
from kerasish.models.data.packing import unpack_x_y_sample_weight
from kerasish.models.data.source import open_source
from kerasish.models.data.split import split_arrays
from kerasish.models.data.steps import EpochSteps
from kerasish.models.model_inputs import (
    check_fixed_batch,
    fixed_batch_size,
    inputs_in_order,
    symbolic_inputs,
)
from kerasish.models.older_methods import (
    OlderMethods,
    validation_arrays,
    with_workers,
)


class Trainer(BatchMethods, OlderMethods):
    """The part of a model that trains it, evaluates it and predicts with it.

    Attributes:
        history: The `History` of the latest `fit`, also after Ctrl-C.
        stop_training: Set to true by a callback to end `fit`.

    Example:

    >>> Trainer().compiled
    False
    """

    history = None
    stop_evaluating = False
    stop_predicting = False

    def _open_source(self, x, y=None, sample_weight=None, batch_size=None, **options):
        inputs = None if x is None else inputs_in_order(self, x)
        dtypes = [tensor.dtype for tensor in inputs] if inputs else None
        fixed = fixed_batch_size(inputs)
        batch_size = fixed if batch_size is None else batch_size
        source = open_source(
            x, y, sample_weight, batch_size, input_dtypes=dtypes, **options
        )
        check_fixed_batch(source, fixed, self.name)
        return source

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
        max_queue_size=None,
        workers=None,
        use_multiprocessing=None,
    ):
        """Trains the model for a number of epochs.

        Args:
            x: Inputs: an array, a list, tuple or dict of arrays for several inputs
                (also pandas, and anything that NumPy can read), a `PyDataset`, or a
                generator or another iterable of `(x, y)` or `(x, y, sample_weight)`.
            y: Targets, with arrays only: one array for each output.
            batch_size: Number of samples in a step, 32 by default; arrays only.
            epochs: Index of the epoch to stop before (the number of epochs if
                `initial_epoch` is 0).
            verbose: 0 silent, 1 progress bar, 2 one line an epoch, or `"auto"`.
            callbacks: List of callbacks.
            validation_split: Share of the samples, taken from the end of the arrays,
                that is used to validate instead of to train.
            validation_data: `(x, y)` or `(x, y, sample_weight)`, a `PyDataset` or a
                generator: evaluated after each epoch.
            shuffle: Whether the samples (batches of a `PyDataset`) are taken in a new
                order each epoch; `"batch"` keeps batches whole.
            class_weight: Dict from class number to the weight of its samples.
            sample_weight: Weights of the samples, with arrays only.
            initial_epoch: Index of the first epoch.
            steps_per_epoch: Number of steps in an epoch; all batches by default.
            validation_steps: Number of steps of validation; all by default.
            validation_batch_size: Batch size of validation, `batch_size` by default.
            validation_freq: Validate every so many epochs, or in a list of epochs
                (from 1).
            max_queue_size: Number of batches of a `PyDataset` that are made ahead;
                by default what the data set says, as for the next two.
            workers: Number of workers of a `PyDataset`.
            use_multiprocessing: Whether the workers are processes.

        Returns:
            The `History`: its `history` maps each log to one value an epoch.

        Raises:
            ValueError: If the model is not compiled, or the data does not fit it.

        Example:

        >>> import numpy as np
        >>> import kerasish as keras
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        >>> model.compile(optimizer="sgd", loss="mse")
        >>> x, y = np.zeros((8, 3)), np.zeros((8, 1))
        >>> sorted(model.fit(x, y, epochs=2, verbose=0).history)
        ['loss']
        """
        self._need_compiled("fit()")
        self._compile_settings.warn_if_flags_changed()
        if validation_split and validation_data is None:
            parts, validation_data = split_arrays(
                (x, y, sample_weight), validation_split
            )
            x, y, sample_weight = parts
        workers_setting = (workers, use_multiprocessing, max_queue_size)
        validation_data = with_workers(validation_data, *workers_setting)
        source = self._open_source(
            with_workers(x, *workers_setting),
            y,
            sample_weight,
            batch_size=batch_size,
            shuffle=shuffle,
            class_weight=class_weight,
        )
        steps = EpochSteps(source, _bounded(steps_per_epoch, source), repeat=True)
        validation = None
        if validation_data is not None:
            wanted = _validation_epochs(validation_freq)
            data = self._open_validation(
                validation_data, validation_batch_size or batch_size, validation_steps
            )
            validation = (data, wanted)
            validation_data = validation_arrays(validation_data)
        bound = max_epochs()
        epochs = epochs if bound is None else min(epochs, bound)
        callbacks = loops.make_callbacks(
            self, callbacks, verbose, steps.num_batches, epochs, history=True
        )
        for callback in callbacks.callbacks:
            callback.validation_data = validation_data
        epochs = range(initial_epoch, epochs)
        loops.fit_loop(
            self, steps, validation, callbacks, epochs, self._check_step_data
        )
        return self.history

    def _open_validation(self, data, batch_size, steps):
        y = weight = None
        if isinstance(data, (tuple, list)):
            data, y, weight = unpack_x_y_sample_weight(data)
        source = self._open_source(data, y, weight, batch_size=batch_size)
        return EpochSteps(source, _bounded(steps, source))

    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose="auto",
        sample_weight=None,
        steps=None,
        callbacks=None,
        return_dict=False,
        max_queue_size=None,
        workers=None,
        use_multiprocessing=None,
        **kwargs,
    ):
        """Returns the loss and the metrics of the model for some data.

        Args:
            x: Inputs, as in `fit`.
            y: Targets, as in `fit`.
            batch_size: Number of samples in a step, 32 by default; arrays only.
            verbose: 0 silent, 1 progress bar, 2 one line, or `"auto"`.
            sample_weight: Weights of the samples, with arrays only.
            steps: Number of steps; all by default.
            callbacks: List of callbacks.
            return_dict: Whether to return a dict instead of a list.
            **kwargs: None are known.

        Returns:
            The loss, or a list: the loss, then the metrics (see `metrics_names`), or a
            dict by name.

        Raises:
            ValueError: If the model is not compiled, or the data does not fit it.

        Example:

        >>> import numpy as np
        >>> import kerasish as keras
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        >>> model.compile(loss="mse", metrics=["mae"])
        >>> model.evaluate(np.zeros((8, 3)), np.ones((8, 1)), verbose=0)
        [1.0, 1.0]
        """
        if kwargs:
            raise TypeError(f"evaluate: unknown arguments.\n  got: {sorted(kwargs)}")
        self._need_compiled("evaluate()")
        x = with_workers(x, workers, use_multiprocessing, max_queue_size)
        source = self._open_source(x, y, sample_weight, batch_size=batch_size)
        epoch_steps = EpochSteps(source, _bounded(steps, source))
        callbacks = loops.make_callbacks(
            self, callbacks, verbose, epoch_steps.num_batches
        )
        try:
            logs = loops.test_loop(self, epoch_steps, callbacks, self._check_step_data)
        finally:
            callbacks.close()
            epoch_steps.close()
        return self._logs_or_list(logs, return_dict)

    def predict(
        self,
        x,
        batch_size=None,
        verbose="auto",
        steps=None,
        callbacks=None,
        max_queue_size=None,
        workers=None,
        use_multiprocessing=None,
    ):
        """Returns the outputs of the model for some inputs.

        Args:
            x: Inputs, as in `fit`.
            batch_size: Number of samples in a step, 32 by default; arrays only.
            verbose: 0 silent, 1 progress bar, 2 one line, or `"auto"` (silent if all
                fits into one batch).
            steps: Number of steps; all by default.
            callbacks: List of callbacks.
            max_queue_size: As for `fit`, like the next two.
            workers: As for `fit`.
            use_multiprocessing: As for `fit`.

        Returns:
            NumPy array, or arrays in the structure of the model's outputs.

        Raises:
            ValueError: If the data does not fit the model.

        Example:

        >>> import numpy as np
        >>> import kerasish as keras
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        >>> model.predict(np.zeros((4, 3)), verbose=0).shape
        (4, 2)
        """
        if steps is None and callbacks is None and verbose in (0, "auto"):
            arrays = _few_rows(x, check_batch_size(batch_size))
            run = self._small_prediction(x, arrays) if arrays else None
            if run is not None:
                return run(arrays)
        x = with_workers(x, workers, use_multiprocessing, max_queue_size)
        source = self._open_source(x, batch_size=batch_size)
        epoch_steps = EpochSteps(source, _bounded(steps, source))
        callbacks = loops.make_callbacks(
            self, callbacks, verbose, epoch_steps.num_batches
        )
        return loops.predict_loop(self, epoch_steps, callbacks)

    def _small_prediction(self, x, arrays):
        """Returns the function that predicts a few rows, kept for the next ones.

        It is `None` for models that ask for batches of a certain size.
        """
        state = self._training_state
        state.drop_outdated()
        key = (type(x), *[(array.dtype, array.shape[1:]) for array in arrays])
        run = state.small_predictions.get(key)
        if run is None and fixed_batch_size(symbolic_inputs(self)) is None:
            run = self._new_small_prediction(x, len(arrays[0]))
            if not self.run_eagerly:
                state.small_predictions[key] = run
        return run

    def _new_small_prediction(self, x, size):
        source = self._open_source(x, batch_size=size)
        runner = self._step_runner("predict")
        step = runner.prepare(source.signature)
        structure = runner.structure
        dtypes = [column.dtype for column in source.columns]

        def run(arrays):
            outputs = step(*map(np.asarray, arrays, dtypes))
            if structure is None and runner.structure is None:
                return outputs[0]
            return tree.pack_sequence_as(structure or runner.structure, outputs)

        return run


def _few_rows(x, limit):
    """Returns the arrays of `x` if they are arrays of one batch, else `None`."""
    arrays = x if type(x) in (list, tuple) else (x,)
    for array in arrays:
        if type(array) is not np.ndarray or not array.ndim:
            return None
        if not 0 < len(array) <= limit or len(array) != len(arrays[0]):
            return None
    return arrays


def _validation_epochs(validation_freq):
    """Returns the function that tells whether an epoch (from 0) is validated."""
    if isinstance(validation_freq, int) and validation_freq > 0:
        return lambda epoch: (epoch + 1) % validation_freq == 0
    if isinstance(validation_freq, (list, tuple, set, range)):
        return lambda epoch: epoch + 1 in validation_freq
    raise ValueError(
        "validation_freq must be a positive integer or a list of epochs (from 1).\n"
        f"Received: validation_freq={validation_freq!r}"
    )


def _bounded(steps, source):
    """The number of steps of an epoch, `None` for all batches of the source."""
    bound = max_steps_per_epoch()
    if bound is None:
        return steps
    count = steps or source.num_batches
    return bound if count is None else min(count, bound)
