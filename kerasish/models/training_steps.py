"""What happens in one step; the parts that a subclass may override."""

from __future__ import annotations

import contextlib
import inspect
import warnings

from kerasish import tree
from kerasish.backend import config, ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.devices import current_device
from kerasish.backend.dtypes import is_float
from kerasish.backend.graph import recording
from kerasish.backend.graph.stateless import StatelessScope
from kerasish.layers.call_signature import call_signature
from kerasish.metrics import Metric
from kerasish.models.data.packing import unpack_x_y_sample_weight
from kerasish.models.trainer_state import TrainerState


class TrainingSteps:
    """The steps of `fit`, `evaluate` and `predict`, and the metrics of a model.

    `train_step`, `test_step`, `predict_step`, `compute_loss` and `compute_metrics` may
    be overridden. They are traced once and compiled; with `run_eagerly=True` they run
    as they are, batch by batch.

    Example:

    >>> sorted(name for name in vars(TrainingSteps) if name.endswith("_step"))
    ['predict_step', 'test_step', 'train_step']
    """

    @property
    def _training_state(self) -> TrainerState:
        found = self.__dict__.get("_trainer_state")
        if found is None:
            found = self.__dict__["_trainer_state"] = TrainerState(self)
        return found

    @property
    def _compile_settings(self):
        return self._training_state.settings

    @property
    def _read_metrics(self):
        return self._training_state.read_metrics

    def _step_runner(self, mode):
        return self._training_state.runner(mode)

    @contextlib.contextmanager
    def _step_scope(self, mode):
        """The surroundings in which a step is traced, or run eagerly."""
        settings = self._compile_settings
        if settings is None or mode == "predict":
            yield
            return
        fresh = [container for container in settings.containers if not container.built]
        with settings.flags_of_compile():
            try:
                yield
            except Exception:
                # Losses and metrics were chosen for data that does not fit.
                for container in fresh:
                    container.forget()
                raise

    def _step_outputs(self, x, training):
        if call_signature(type(self).call).has_training:
            return self(x, training=training)
        return self(x)

    def train_step(self, data):
        """Trains on one batch: loss, gradients, new weights, metrics.

        Args:
            data: `x`, `(x, y)` or `(x, y, sample_weight)`, of tensors.

        Returns:
            Dict of logs: name to scalar tensor.
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        with recording():
            y_pred = self._step_outputs(x, training=True)
            loss = self._step_loss(x, y, y_pred, sample_weight, training=True)
            scaled = loss
            if self.optimizer is not None:
                scaled = self.optimizer.scale_loss(loss)
        self._track_loss(loss, x)
        variables = self.trainable_weights
        if variables and self.optimizer is not None:
            self.optimizer.apply(gradients(scaled, variables), variables)
        else:
            warnings.warn(
                f"Model {self.name!r} has no trainable weights, so training changes "
                "nothing.",
                stacklevel=2,
            )
        return self.compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    def test_step(self, data):
        """Evaluates one batch: loss and metrics.

        Args:
            data: `x`, `(x, y)` or `(x, y, sample_weight)`, of tensors.

        Returns:
            Dict of logs: name to scalar tensor.
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self._step_outputs(x, training=False)
        loss = self._step_loss(x, y, y_pred, sample_weight, training=False)
        self._track_loss(loss, x)
        return self.compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    def predict_step(self, data):
        """Computes the outputs for one batch.

        Args:
            data: `x`, or a tuple whose first entry it is.

        Returns:
            The outputs.
        """
        x, _, _ = unpack_x_y_sample_weight(data)
        return self._step_outputs(x, training=False)

    def _track_loss(self, loss, x):
        if self._compile_settings is not None:
            first = next(leaf for leaf in tree.flatten(x) if leaf is not None)
            size = ops.shape(first)[0]
            self._compile_settings.loss_tracker.update_state(loss, sample_weight=size)

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """Returns the total loss of one batch; may be overridden.

        It is the weighted sum of the losses given to `compile`, plus the losses of
        `add_loss` and of regularizers.

        Args:
            x: Inputs.
            y: Targets.
            y_pred: Outputs of the model.
            sample_weight: Weights of the samples.
            training: Whether it is a training step.

        Returns:
            Scalar tensor.

        Raises:
            ValueError: If there is no loss at all.
        """
        parts = []
        settings = self._compile_settings
        if settings is not None and settings.compile_loss is not None:
            loss = settings.compile_loss(y, y_pred, sample_weight)
            if loss is not None:
                parts.append(loss)
        for loss in self.losses:
            if not is_float(loss.dtype):
                loss = ops.cast(loss, config.floatx())
            parts.append(ops.sum(loss) if loss.ndim else loss)
        if not parts:
            raise ValueError(
                f"Model {self.name!r} has no loss: pass `loss` to compile(), or call "
                "`add_loss` in a layer."
            )
        total = parts[0]
        for part in parts[1:]:
            total = total + ops.cast(part, total.dtype)
        return total

    def _step_loss(self, x, y, y_pred, sample_weight, training):
        """Calls `compute_loss`, also where an override has no `training`."""
        parameters = inspect.signature(self.compute_loss).parameters.values()
        if any(p.name == "training" or p.kind is p.VAR_KEYWORD for p in parameters):
            return self.compute_loss(
                x=x,
                y=y,
                y_pred=y_pred,
                sample_weight=sample_weight,
                training=training,
            )
        return self.compute_loss(x, y, y_pred, sample_weight)

    def stateless_compute_loss(
        self,
        trainable_variables,
        non_trainable_variables,
        metrics_variables,
        x=None,
        y=None,
        y_pred=None,
        sample_weight=None,
        training=True,
    ):
        """Returns the total loss for given values of the Variables.

        Args:
            trainable_variables: Values of `trainable_variables`.
            non_trainable_variables: Values of `non_trainable_variables`.
            metrics_variables: Values of `metrics_variables`.
            x: Inputs.
            y: Targets.
            y_pred: Outputs of the model.
            sample_weight: Weights of the samples.
            training: Whether it is a training step.

        Returns:
            `(loss, (trainable, non-trainable, metrics))` with the new values.
        """
        groups = (
            (self.trainable_variables, trainable_variables),
            (self.non_trainable_variables, non_trainable_variables),
            (self.metrics_variables, metrics_variables),
        )
        pairs = [pair for group in groups for pair in zip(*group)]
        with StatelessScope(pairs) as scope:
            loss = self._step_loss(x, y, y_pred, sample_weight, training)
            values = tuple(
                [scope.get_current_value(variable) for variable in variables]
                for variables, _ in groups
            )
        return loss, values

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Updates the compiled metrics and returns all results; may be overridden.

        Args:
            x: Inputs.
            y: Targets.
            y_pred: Outputs of the model.
            sample_weight: Weights of the samples.

        Returns:
            Dict of logs: name to scalar tensor.
        """
        settings = self._compile_settings
        if settings is not None and settings.compile_metrics is not None:
            settings.compile_metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self):
        """Returns the results of `metrics` as one dict.

        Returns:
            Dict: name to scalar tensor.
        """
        results = {}
        for metric in self.metrics:
            result = metric.result()
            if isinstance(result, dict):
                results.update(result)
            else:
                results[metric.name] = result
        return results

    @property
    def metrics(self):
        """All metrics: loss, compiled ones, losses of outputs, those of layers."""
        settings = self._compile_settings
        found = [] if settings is None else settings.own_metrics()
        found.extend(self._metrics)
        for layer in self._flatten_layers(include_self=False):
            if not isinstance(layer, TrainingSteps):
                found.extend(layer._metrics)
        return found

    def _flat_metrics(self):
        """The metrics, with the compiled ones instead of their container."""
        for metric in self.metrics:
            yield from getattr(metric, "metrics", (metric,))

    @property
    def metrics_names(self):
        """Names of the values that `evaluate` returns, in its order.

        After the first batch it holds all of them, before it only what is known.
        """
        return self._log_order(self._read_metrics.names())

    def reset_metrics(self):
        """Forgets all batches that the metrics have seen."""
        device = current_device()
        for metric in self._flat_metrics():
            if type(metric).reset_state is Metric.reset_state:
                # What the base class does, without an op for each Variable.
                for variable in metric.variables:
                    with device.guard():
                        variable.on(device).fill(0)
            else:
                metric.reset_state()

    def _log_order(self, names):
        """Returns log names as a list in Keras's order: loss first."""
        order = dict.fromkeys(metric.name for metric in self._flat_metrics())
        first = [name for name in order if name in names]
        return first + sorted(name for name in names if name not in first)
