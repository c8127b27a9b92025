"""`CompileMetrics`: the metrics of all outputs."""

from __future__ import annotations

from kerasish import tree
from kerasish.metrics import Metric
from kerasish.metrics.lookup import resolve
from kerasish.models.outputs import OutputMap


class CompileMetrics:
    """Updates the metrics given to `compile`, and names their results.

    The metrics are chosen at the first update, when the shapes are known: `"accuracy"`
    becomes the binary, categorical or sparse one.

    Args:
        metrics: What `compile` takes as `metrics`.
        weighted_metrics: What `compile` takes as `weighted_metrics`; these use sample
            weights.
        output_names: Names of the outputs, or `None`.
        loss: What `compile` takes as `loss`: where there are targets for some of the
            outputs only, they are those of the outputs with a loss.

    Attributes:
        metrics: The `Metric` objects, after the first update.

    Example:

    >>> import numpy as np
    >>> metrics = CompileMetrics(["mae"])
    >>> metrics.update_state(np.zeros((2, 1), "float32"), np.ones((2, 1), "float32"))
    >>> float(metrics.result()["mae"])
    1.0
    """

    name = "compile_metrics"

    def __init__(
        self, metrics=None, weighted_metrics=None, output_names=None, loss=None
    ):
        for argument, value in (
            ("metrics", metrics),
            ("weighted_metrics", weighted_metrics),
        ):
            if value and not isinstance(value, (list, tuple, dict)):
                raise ValueError(
                    f"compile: {argument} must be a list, tuple or dict.\n"
                    f"Received: {argument}={value!r}"
                )
        self._settings = (metrics, weighted_metrics)
        self._loss = loss
        self._output_names = output_names
        self.forget()

    def forget(self):
        """Goes back to the state before the first update."""
        self.built = False
        self.outputs = None
        self.metrics = []
        self._plain = []
        self._weighted = []
        self._log_names = []

    @property
    def variables(self):
        """The state of all metrics."""
        return [variable for metric in self.metrics for variable in metric.variables]

    def build(self, y_true, y_pred):
        """Chooses the metrics of each output.

        Args:
            y_true: Structure of targets.
            y_pred: Structure of outputs.

        Raises:
            ValueError: If a setting does not fit the outputs.
        """
        self.outputs = OutputMap(y_pred, self._output_names)
        plain, weighted = self._settings
        self._plain = self._choose(plain, "metrics", y_true, y_pred)
        self._weighted = self._choose(weighted, "weighted_metrics", y_true, y_pred)
        self.metrics = [metric for _, metric in self._plain + self._weighted]
        self._log_names = self._name_results()
        self.built = True

    def _choose(self, setting, argument, y_true, y_pred):
        if not setting:
            return []
        count = self.outputs.count
        if isinstance(setting, dict):
            entries = self.outputs.spread(setting, argument)
        elif count > 1 and len(setting) == count:
            entries = list(setting)
        else:
            entries = [[_copied(part, i) for part in setting] for i in range(count)]
        targets = self._aligned(y_true, "y", [entry is not None for entry in entries])
        predictions = tree.flatten(y_pred)
        chosen = []
        for i, entry in enumerate(entries):
            for identifier in tree.flatten(entry):
                if identifier is not None and targets[i] is not None:
                    metric = resolve(identifier, targets[i], predictions[i])
                    chosen.append((i, metric))
        return chosen

    def _aligned(self, values, argument, used):
        if self._loss is not None:
            used = [one is not None for one in self.outputs.spread(self._loss, "loss")]
        return self.outputs.align(values, argument, used)

    def _name_results(self):
        taken = {}
        names = []
        prefixed = self.outputs.are_named and self.outputs.count > 1
        groups = [(entry, False) for entry in self._plain]
        groups += [(entry, True) for entry in self._weighted]
        for (i, metric), is_weighted in groups:
            prefix = f"{self.outputs.names[i]}_" if prefixed else ""
            name = f"{prefix}{metric.name}"
            if name in taken and is_weighted:
                name = f"{prefix}weighted_{metric.name}"
            copies = taken.get(name, 0)
            taken[name] = copies + 1
            names.append(f"{name}_{copies}" if copies else name)
        return names

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Takes in one batch.

        Args:
            y_true: Targets.
            y_pred: Outputs.
            sample_weight: Weights, used by the weighted metrics.
        """
        if not self.built:
            self.build(y_true, y_pred)
        needed = {i for i, _ in self._plain + self._weighted}
        used = [i in needed for i in range(self.outputs.count)]
        targets = self._aligned(y_true, "y", used)
        predictions = tree.flatten(y_pred)
        for i, metric in self._plain:
            metric.update_state(targets[i], predictions[i])
        if self._weighted:
            weights = self._aligned(sample_weight, "sample_weight", used)
            for i, metric in self._weighted:
                metric.update_state(
                    targets[i], predictions[i], sample_weight=weights[i]
                )

    def reset_state(self):
        """Forgets all batches."""
        for metric in self.metrics:
            metric.reset_state()

    def result(self) -> dict:
        """Returns the results by name."""
        results = [metric.result() for metric in self.metrics]
        return dict(zip(self._log_names, results))


def _copied(metric, place):
    """Returns a metric object's copy for each output but the first: it has a state."""
    if isinstance(metric, Metric) and place:
        return type(metric).from_config(metric.get_config())
    return metric
