"""`Trainer`: compile, fit, evaluate, predict."""

from __future__ import annotations

import numpy as np

from kerasish import tree
from kerasish.errors import ShapeError
from kerasish.models import loops
from kerasish.models.checks import check_class_numbers, warn_of_nan
from kerasish.models.compile_settings import CompileSettings
from kerasish.models.data.conversion import standardize_batch
from kerasish.models.data.packing import unpack_x_y_sample_weight
from kerasish.models.data.signature import describe
from kerasish.models.data.source import is_array_like, open_source
from kerasish.models.data.split import split_arrays
from kerasish.models.data.steps import EpochSteps
from kerasish.models.data.weights import combine_weights
from kerasish.models.model_inputs import inputs_in_order
from kerasish.models.training_step import as_number
from kerasish.models.training_steps import TrainingSteps


class Trainer(TrainingSteps):
    """The part of a model that trains it, evaluates it and predicts with it.

    Attributes:
        history: The `History` of the latest `fit`, also after Ctrl-C.
        stop_training: Set to true by a callback to end `fit`.

    Example:

    >>> Trainer().compiled
    False
    """

    history = None
    stop_training = False
    stop_evaluating = False
    stop_predicting = False

    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        loss_weights=None,
        metrics=None,
        weighted_metrics=None,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
        auto_scale_loss=True,
        **kwargs,
    ):
        """Chooses how the model is trained, and notes which layers are trainable.

        Args:
            optimizer: Name, config or `Optimizer`.
            loss: Name, function or `Loss`; for several outputs a list or dict.
            loss_weights: Numbers that the losses are multiplied by: a list or dict.
            metrics: List of names, functions or `Metric`s; for several outputs a list
                of lists or a dict. They do not use sample weights.
            weighted_metrics: Likewise; these use sample weights.
            run_eagerly: Whether each step runs as plain Python instead of compiled,
                so that `print`, Python control flow and a debugger work.
            steps_per_execution: Number of steps between two calls of batch hooks.
            jit_compile: Accepted for compatibility; steps are always compiled.
            auto_scale_loss: Whether the loss is scaled under `mixed_float16`.
            **kwargs: Arguments of older versions that have no meaning any more.

        Raises:
            ValueError: If a name is unknown.
            TypeError: If an argument is unknown.

        Example:

        >>> import kerasish as keras
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        >>> model.compile(optimizer="adam", loss="mse", metrics=["mae"])
        >>> model.compiled
        True
        """
        arguments = {
            "optimizer": optimizer,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
            "auto_scale_loss": auto_scale_loss,
            "kwargs": kwargs,
        }
        settings = CompileSettings(self, arguments)
        self._state.settings = settings
        self._state.forget_steps()
        self.stop_training = False
        if loss is not None:
            self.__dict__["loss"] = loss

    @property
    def compiled(self):
        """Whether `compile` was called."""
        return self._settings is not None

    @property
    def optimizer(self):
        """The optimizer given to `compile`, or `None`."""
        return None if self._settings is None else self._settings.optimizer

    @optimizer.setter
    def optimizer(self, value):
        self._need_compiled("setting optimizer")
        self._settings.optimizer = value
        self._state.forget_steps()

    @property
    def run_eagerly(self):
        """Whether steps run as plain Python; may be set after `compile`."""
        return self._settings is not None and self._settings.run_eagerly

    @run_eagerly.setter
    def run_eagerly(self, value):
        self._need_compiled("setting run_eagerly")
        self._settings.run_eagerly = bool(value)
        self._state.forget_steps()

    @property
    def steps_per_execution(self):
        """Number of steps between two calls of batch hooks."""
        return 1 if self._settings is None else self._settings.steps_per_execution

    def _need_compiled(self, action):
        if self._settings is None:
            raise ValueError(
                f"Model {self.name!r}: call compile() before {action}, for instance "
                'model.compile(optimizer="adam", loss="mse").'
            )

    def get_compile_config(self):
        """Returns the arguments of `compile` as plain data, `None` if not compiled.

        Returns:
            Dict.
        """
        return None if self._settings is None else self._settings.serialized()

    def compile_from_config(self, config):
        """Compiles the model with what `get_compile_config` returned.

        Args:
            config: Dict.
        """
        from kerasish import losses, metrics, optimizers

        config = dict(config)
        readers = {
            "optimizer": optimizers.get,
            "loss": losses.get,
            "metrics": metrics.get,
            "weighted_metrics": metrics.get,
        }
        for name, read in readers.items():
            if config.get(name) is not None:
                config[name] = _read_config(config[name], read)
        self.compile(**config)
        if self.built and self.optimizer is not None:
            self.optimizer.build(self.trainable_weights)

    def make_train_function(self, force=False):
        """Lets the next training step be traced anew.

        Args:
            force: Whether to drop a step that exists.
        """
        self._remake("train", force)

    def make_test_function(self, force=False):
        """Lets the next evaluation step be traced anew.

        Args:
            force: Whether to drop a step that exists.
        """
        self._remake("test", force)

    def make_predict_function(self, force=False):
        """Lets the next prediction step be traced anew.

        Args:
            force: Whether to drop a step that exists.
        """
        self._remake("predict", force)

    def _remake(self, mode, force):
        if force:
            self._state.runners.pop(mode, None)
            self._state.small_predictions.clear()
        self._runner(mode)

    def _step_logs(self, runner):
        """Returns the function that reads the logs of the step that has just run."""
        if runner.mode == "predict":
            return lambda: {"outputs": runner.outputs()}
        if runner.returns_logs:
            return lambda: {
                name: as_number(value)
                for name, value in sorted(runner.outputs().items())
            }
        return self._read_metrics

    def _open(self, x, y=None, sample_weight=None, **options):
        inputs = None if x is None else inputs_in_order(self, x)
        dtypes = [tensor.dtype for tensor in inputs] if inputs else None
        return open_source(x, y, sample_weight, input_dtypes=dtypes, **options)

    def _check_data(self, signature, arrays):
        """Warns of NaN and refuses class numbers that do not exist.

        Returns the function that checks the class numbers of the next batches.
        """
        names = getattr(self, "input_names", None)
        warn_of_nan(signature, arrays, names, self._state.warned_of_nan)
        loss = self._settings.compile_loss
        limits = [] if loss is None else loss.class_limits(signature.template[1])
        if not limits:
            return None
        check_class_numbers(limits, arrays)
        return lambda arrays: check_class_numbers(limits, arrays)

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
        self._settings.warn_if_flags_changed()
        if validation_split and validation_data is None:
            if x is not None and not is_array_like(x):
                x = [x]
            parts, validation_data = split_arrays(
                (x, y, sample_weight), validation_split
            )
            x, y, sample_weight = parts
        source = self._open(
            x,
            y,
            sample_weight,
            batch_size=batch_size,
            shuffle=shuffle,
            class_weight=class_weight,
        )
        steps = EpochSteps(source, steps_per_epoch, repeat=True)
        validation = None
        if validation_data is not None:
            wanted = _validation_epochs(validation_freq)
            data = self._open_validation(
                validation_data, validation_batch_size or batch_size, validation_steps
            )
            validation = (data, wanted)
        callbacks = loops.make_callbacks(
            self, callbacks, verbose, steps.num_batches, epochs, history=True
        )
        epochs = range(initial_epoch, epochs)
        loops.fit_loop(self, steps, validation, callbacks, epochs, self._check_data)
        return self.history

    def _open_validation(self, data, batch_size, steps):
        y = weight = None
        if isinstance(data, (tuple, list)):
            data, y, weight = unpack_x_y_sample_weight(data)
        return EpochSteps(self._open(data, y, weight, batch_size=batch_size), steps)

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
        source = self._open(x, y, sample_weight, batch_size=batch_size)
        epoch_steps = EpochSteps(source, steps)
        callbacks = loops.make_callbacks(
            self, callbacks, verbose, epoch_steps.num_batches
        )
        try:
            logs = loops.test_loop(self, epoch_steps, callbacks, self._check_data)
        finally:
            callbacks.close()
            epoch_steps.close()
        return self._logs_or_list(logs, return_dict)

    def _logs_or_list(self, logs, return_dict):
        if return_dict:
            return dict(logs)
        values = [logs[name] for name in self._log_order(logs)]
        return values[0] if len(values) == 1 else values

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """Returns the outputs of the model for some inputs.

        Args:
            x: Inputs, as in `fit`.
            batch_size: Number of samples in a step, 32 by default; arrays only.
            verbose: 0 silent, 1 progress bar, 2 one line, or `"auto"` (silent if all
                fits into one batch).
            steps: Number of steps; all by default.
            callbacks: List of callbacks.

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
        if type(x) is np.ndarray and steps is None and callbacks is None:
            if verbose in (0, "auto") and x.ndim and 0 < len(x) <= (batch_size or 32):
                run = self._state.small_predictions.get((x.dtype, x.shape[1:]))
                if run is not None:
                    return run(x)
                return self._predict_small(x)
        source = self._open(x, batch_size=batch_size)
        epoch_steps = EpochSteps(source, steps)
        callbacks = loops.make_callbacks(
            self, callbacks, verbose, epoch_steps.num_batches
        )
        return loops.predict_loop(self, epoch_steps, callbacks)

    def _predict_small(self, x):
        """Predicts one small array, and keeps the compiled function for the next."""
        source = self._open(x, batch_size=len(x))
        runner = self._runner("predict")
        step = runner.prepare(source.signature)
        structure = runner.structure
        dtype = source.columns[0].dtype

        def run(array):
            outputs = step(array if array.dtype == dtype else array.astype(dtype))
            if structure is None and runner.structure is None:
                return outputs[0]
            return tree.pack_sequence_as(structure or runner.structure, outputs)

        if not self.run_eagerly:
            self._state.small_predictions[x.dtype, x.shape[1:]] = run
        return run(x)

    def train_on_batch(
        self,
        x,
        y=None,
        sample_weight=None,
        class_weight=None,
        return_dict=False,
        reset_metrics=True,
    ):
        """Trains on one batch.

        Args:
            x: Inputs of the batch.
            y: Targets.
            sample_weight: Weights of the samples.
            class_weight: Dict from class number to the weight of its samples.
            return_dict: Whether to return a dict instead of a list.
            reset_metrics: Whether the metrics are those of this batch alone.

        Returns:
            The loss, or a list or dict of the loss and the metrics.

        Raises:
            ValueError: If the model is not compiled, or the data does not fit it.
        """
        self._need_compiled("train_on_batch()")
        self._settings.warn_if_flags_changed()
        data = (x, y, sample_weight)
        logs = self._on_batch("train", data, reset_metrics, class_weight)
        return self._logs_or_list(logs, return_dict)

    def test_on_batch(
        self, x, y=None, sample_weight=None, return_dict=False, reset_metrics=True
    ):
        """Evaluates one batch.

        Args:
            x: Inputs of the batch.
            y: Targets.
            sample_weight: Weights of the samples.
            return_dict: Whether to return a dict instead of a list.
            reset_metrics: Whether the metrics are those of this batch alone.

        Returns:
            The loss, or a list or dict of the loss and the metrics.

        Raises:
            ValueError: If the model is not compiled, or the data does not fit it.
        """
        self._need_compiled("test_on_batch()")
        logs = self._on_batch("test", (x, y, sample_weight), reset_metrics)
        return self._logs_or_list(logs, return_dict)

    def predict_on_batch(self, x):
        """Returns the outputs for one batch.

        Args:
            x: Inputs of the batch.

        Returns:
            NumPy array, or arrays in the structure of the model's outputs.
        """
        logs = self._on_batch("predict", (x, None, None), reset_metrics=False)
        return logs["outputs"]

    def _on_batch(self, mode, data, reset_metrics, class_weight=None):
        inputs = inputs_in_order(self, data[0])
        dtypes = [tensor.dtype for tensor in inputs] if inputs else None
        x, y, weight = standardize_batch(data, dtypes)
        if class_weight:
            weight = combine_weights(y, weight, class_weight)
        signature, arrays = describe((x, y, weight))
        if not arrays or len(arrays[0]) == 0:
            raise ShapeError(f"{mode}_on_batch: the batch holds no samples.")
        runner = self._runner(mode)
        watched = self._state.watched
        run = runner.prepare(signature)
        if mode != "predict" and signature not in watched:
            watched[signature] = self._check_data(signature, arrays)
        elif watched.get(signature) is not None:
            watched[signature](arrays)
        if reset_metrics:
            self.reset_metrics()
        runner.last = run(*arrays)
        return self._step_logs(runner)()


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


def _read_config(value, read):
    """Returns what a serialised loss, metric or optimizer setting stands for."""
    if isinstance(value, dict) and "class_name" in value:
        return read(value)
    if isinstance(value, dict):
        return {name: _read_config(part, read) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_read_config(part, read) for part in value]
    return value if isinstance(value, str) or value is None else read(value)
