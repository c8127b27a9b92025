"""`CompileLoss`: the losses of all outputs as one number."""

from __future__ import annotations

from collections import Counter

from kerasish import tree
from kerasish.backend import ops
from kerasish.errors import ShapeError
from kerasish.losses.lookup import resolve
from kerasish.metrics import Mean
from kerasish.models.outputs import OutputMap


class CompileLoss:
    """Adds up the losses of a model's outputs, each times its weight.

    The losses are chosen at the first call, when the shapes are known.

    Args:
        loss: What `compile` takes.
        loss_weights: What `compile` takes: a number for each output.
        output_names: Names of the outputs, or `None`.

    Attributes:
        metrics: With several losses, the mean of each over the epoch.

    Example:

    >>> import numpy as np
    >>> loss = CompileLoss("mse", 2.0)
    >>> float(loss(np.zeros((2, 1), "float32"), np.ones((2, 1), "float32")))
    2.0
    """

    name = "compile_loss"

    def __init__(self, loss, loss_weights=None, output_names=None):
        self._loss = loss
        self._loss_weights = loss_weights
        self._output_names = output_names
        self.forget()

    def forget(self):
        """Goes back to the state before the first call."""
        self.built = False
        self.metrics = []
        self.outputs = None
        self._losses = []
        self._seen = []

    def _used(self):
        places = {i for i, _, _ in self._losses}
        return [i in places for i in range(self.outputs.count)]

    @property
    def variables(self):
        """The state of `metrics`."""
        return [variable for metric in self.metrics for variable in metric.variables]

    def build(self, y_true, y_pred):
        """Chooses a loss for each output.

        Args:
            y_true: Structure of targets.
            y_pred: Structure of outputs.

        Raises:
            ValueError: If a setting does not fit the outputs.
        """
        self.outputs = OutputMap(y_pred, self._output_names)
        settings = self.outputs.spread(self._loss, "loss")
        weights = self.outputs.spread(self._loss_weights, "loss_weights")
        used = [setting is not None for setting in settings]
        targets = self.outputs.align(y_true, "y", used)
        entries = zip(settings, weights, targets, tree.flatten(y_pred))
        for i, (setting, weight, target, output) in enumerate(entries):
            if setting is None:
                continue
            if target is None:
                raise ValueError(
                    f"There are no targets for the output {self.outputs.names[i]!r}, "
                    "which has a loss: pass y."
                )
            parts = setting if isinstance(setting, (list, tuple)) else [setting]
            for part in parts:
                loss = resolve(part, target, output)
                if loss is not None:
                    self._losses.append((i, loss, weight))
        if len(self._losses) > 1:
            self.metrics = [Mean(name=name) for name in self._metric_names()]
        self.built = True

    def _metric_names(self):
        by_output = self.outputs.are_named and self.outputs.count > 1
        names, taken = [], Counter()
        for i, loss, _ in self._losses:
            name = f"{self.outputs.names[i] if by_output else loss.name}_loss"
            names.append(f"{name}_{taken[name]}" if taken[name] else name)
            taken[name] += 1
        return names

    def __call__(self, y_true, y_pred, sample_weight=None):
        """Returns the weighted sum of the losses, `None` if there are none.

        Args:
            y_true: Targets: a structure with an array for each output.
            y_pred: Outputs.
            sample_weight: Weights of the samples: one array, or one for each output.

        Raises:
            ValueError: If there are no targets for an output that has a loss.
            ShapeError: If targets do not fit an output.
        """
        if not self.built:
            self.build(y_true, y_pred)
        used = self._used()
        targets = self.outputs.align(y_true, "y", used)
        sample_weights = self.outputs.align(sample_weight, "sample_weight", used)
        predictions = tree.flatten(y_pred)
        self._seen = [(i, loss, predictions[i].shape) for i, loss, _ in self._losses]
        total = None
        for number, (i, loss, weight) in enumerate(self._losses):
            if targets[i] is None:
                raise ValueError(
                    f"There are no targets for the output {self.outputs.names[i]!r}, "
                    "which has a loss: pass y."
                )
            value = self._one(i, loss, targets[i], predictions[i], sample_weights[i])
            if self.metrics:
                count = ops.shape(predictions[i])[0]
                self.metrics[number].update_state(value, sample_weight=count)
            if weight is not None:
                value = value * weight
            total = value if total is None else total + value
        return total

    def _one(self, position, loss, target, prediction, weight):
        try:
            value = loss(target, prediction, sample_weight=weight)
        except ShapeError as error:
            if self.outputs.count == 1:
                raise
            name = self.outputs.names[position]
            raise ShapeError(f"Output {name!r}: {error}") from error
        return ops.sum(value) if value.ndim else value

    def class_limits(self, template) -> list:
        """Returns where class numbers are expected, and how many classes there are.

        Args:
            template: The structure of the targets with the position of each array.

        Returns:
            List of `(position, classes, ignored, output name)`; empty before the
            first call.
        """
        limits = []
        for i, loss, shape in self._seen:
            function = getattr(loss, "fn", None)
            if getattr(function, "__name__", "") != "sparse_categorical_crossentropy":
                continue
            classes = shape[getattr(loss, "axis", -1)]
            position = self.outputs.align(template, "y", self._used())[i]
            if position is not None and classes is not None:
                ignored = getattr(loss, "ignore_class", None)
                limits.append((position, classes, ignored, self.outputs.names[i]))
        return limits
