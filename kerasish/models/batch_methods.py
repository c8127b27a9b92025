"""`BatchMethods`: train, test and predict one batch at a time."""

from __future__ import annotations

from kerasish.backend.plan import profile
from kerasish.errors import ShapeError
from kerasish.models.checks import check_class_numbers, warn_of_nan
from kerasish.models.compiling import Compiling
from kerasish.models.data.conversion import standardize_batch
from kerasish.models.data.signature import describe
from kerasish.models.data.weights import combine_weights
from kerasish.models.model_inputs import inputs_in_order
from kerasish.models.training_step import as_number


class BatchMethods(Compiling):
    """The part of a model that runs one batch, with the steps that `fit` uses.

    Example:

    >>> issubclass(BatchMethods, Compiling)
    True
    """

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

    def _check_step_data(self, signature, arrays):
        """Warns of NaN and refuses class numbers that do not exist.

        Returns the function that checks the class numbers of the next batches.
        """
        names = getattr(self, "input_names", None)
        warn_of_nan(signature, arrays, names, self._training_state.warned_of_nan)
        loss = self._compile_settings.compile_loss
        limits = [] if loss is None else loss.class_limits(signature.template[1])
        if not limits:
            return None
        check_class_numbers(limits, arrays)
        return lambda arrays: check_class_numbers(limits, arrays)

    def _logs_or_list(self, logs, return_dict):
        if return_dict:
            return dict(logs)
        values = [logs[name] for name in self._log_order(logs)]
        return values[0] if len(values) == 1 else values

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

        Example:

        >>> import numpy as np
        >>> import kerasish as keras
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        >>> model.compile("sgd", "mse", metrics=["mae"])
        >>> sorted(model.train_on_batch(np.ones((4, 3)), np.ones((4, 2)),
        ...                             return_dict=True))
        ['loss', 'mae']
        """
        self._need_compiled("train_on_batch()")
        self._compile_settings.warn_if_flags_changed()
        data = (x, y, sample_weight)
        logs = self._run_on_batch("train", data, reset_metrics, class_weight)
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

        Example:

        >>> import numpy as np
        >>> import kerasish as keras
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        >>> model.compile("sgd", "mse", metrics=["mae"])
        >>> len(model.test_on_batch(np.ones((4, 3)), np.ones((4, 2))))
        2
        """
        self._need_compiled("test_on_batch()")
        logs = self._run_on_batch("test", (x, y, sample_weight), reset_metrics)
        return self._logs_or_list(logs, return_dict)

    def predict_on_batch(self, x):
        """Returns the outputs for one batch.

        Args:
            x: Inputs of the batch.

        Returns:
            NumPy array, or arrays in the structure of the model's outputs.

        Example:

        >>> import numpy as np
        >>> import kerasish as keras
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        >>> model.predict_on_batch(np.ones((4, 3))).shape
        (4, 2)
        """
        logs = self._run_on_batch("predict", (x, None, None), reset_metrics=False)
        return logs["outputs"]

    def profile(self, x, y=None, sample_weight=None, batch_size=None, steps=3):
        """Times a few steps op by op; the model stays as it is.

        Steps are of training if there are targets, otherwise of prediction. They run on
        the first batch, and once before they are timed.

        Args:
            x: Inputs, as in `fit`.
            y: Targets, as in `fit`, or `None` to predict.
            sample_weight: Weights of the samples.
            batch_size: Number of samples in a step, 32 by default; arrays only.
            steps: How many steps are timed.

        Returns:
            A `Profile`; printing it shows a table (see `kerasish.profile`).

        Raises:
            ValueError: If there are targets and the model is not compiled.

        Example:

        >>> import numpy as np
        >>> import kerasish as keras
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        >>> model.compile(optimizer="sgd", loss="mse")
        >>> report = model.profile(np.zeros((8, 3)), np.zeros((8, 1)), steps=2)
        >>> any(row.op == "matmul" for row in report.rows)
        True
        """
        if y is not None:
            self._need_compiled("profile() with targets")
        source = self._open_source(x, y, sample_weight, batch_size=batch_size)
        signature, arrays = next(iter(source.epoch()))
        run = self._step_runner("predict" if y is None else "train").prepare(signature)
        changing = [*self.variables, *self.metrics_variables]
        changing += getattr(self.optimizer, "variables", [])
        before = [(variable, variable.numpy()) for variable in changing]
        try:
            run(*arrays)
            with profile() as report:
                for _ in range(steps):
                    run(*arrays)
        finally:
            source.close()
            for variable, value in before:
                variable.assign(value)
        return report

    def _run_on_batch(self, mode, data, reset_metrics, class_weight=None):
        inputs = inputs_in_order(self, data[0])
        dtypes = [tensor.dtype for tensor in inputs] if inputs else None
        x, y, weight = standardize_batch(data, dtypes)
        if class_weight is not None:
            weight = combine_weights(y, weight, class_weight)
        signature, arrays = describe((x, y, weight))
        if not arrays or len(arrays[0]) == 0:
            raise ShapeError(f"{mode}_on_batch: the batch holds no samples.")
        runner = self._step_runner(mode)
        watched = self._training_state.watched
        run = runner.prepare(signature)
        if mode != "predict" and signature not in watched:
            watched[signature] = self._check_step_data(signature, arrays)
        elif watched.get(signature) is not None:
            watched[signature](arrays)
        if reset_metrics:
            self.reset_metrics()
        runner.last = run(*arrays)
        return self._step_logs(runner)()
