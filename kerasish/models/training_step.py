"""One step of training, testing or prediction as a compiled function."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from kerasish import tree
from kerasish.backend.graph import (
    Trace,
    as_numpy,
    as_tensor,
    is_tensor,
    placeholder,
)
from kerasish.backend.plan import Function
from kerasish.backend.plan.garbage import collection_paused
from kerasish.models.data.packing import pack_x_y_sample_weight
from kerasish.models.model_inputs import inputs_in_order

# After so many different shapes of one rank a step is traced for any shape.
_EXACT_TRACES = 2


def _traced(values):
    """Returns the leaves of `values` as tensors, and the structure."""
    flat = [as_tensor(leaf) for leaf in tree.flatten(values)]
    return flat, tree.map_structure(lambda leaf: None, values)


class StepRunner:
    """Makes and keeps the compiled function of one kind of step.

    Args:
        model: The model.
        mode: `"train"`, `"test"` or `"predict"`.

    Attributes:
        last: What the latest step returned: flat list of arrays.
        structure: The structure of `last`.

    Example:

    >>> StepRunner(None, "train").mode
    'train'
    """

    def __init__(self, model, mode):
        self.model = model
        self.mode = mode
        self.last = []
        self.structure = []
        self._steps = {}

    @functools.cached_property
    def returns_logs(self) -> bool:
        """Whether the step computes the logs itself (a subclass overrides it)."""
        if self.mode == "predict":
            return True
        from kerasish.models.trainer import Trainer

        kind = type(self.model)
        hooks = (f"{self.mode}_step", "compute_metrics", "get_metrics_result")
        return any(getattr(kind, hook) is not getattr(Trainer, hook) for hook in hooks)

    def prepare(self, signature):
        """Returns the function `run(*arrays)` for batches of one signature.

        Args:
            signature: `Signature` of the batch.

        Raises:
            ValueError: If the data does not fit the model. The model stays usable.
        """
        found = self._steps.get(signature)
        if found is None:
            with collection_paused():
                found = self._new(signature)
            self.model._read_metrics.forget()
            self.model._training_state.remember_layers()
            self._steps[signature] = found
        run, self.structure = found
        return run

    def _new(self, signature):
        if self.model.run_eagerly:
            return self._eager_step(signature), None
        general = self._generalise(signature)
        if general == signature:
            return self._compile(signature)
        if general not in self._steps:
            try:
                self._steps[general] = self._compile(general)
            except (ValueError, TypeError):
                # Some layers need a size that the general signature leaves open.
                return self._compile(signature)
        return self._steps[general]

    def _generalise(self, signature):
        """Returns a signature that also fits later batches, where that is known."""
        inputs = inputs_in_order(self.model, signature.template[0])
        base = signature.with_free_inputs(inputs)
        like = [known for known in self._steps if known.has_ranks_of(signature)]
        if len(like) < _EXACT_TRACES:
            return base
        general = base
        for known in like:
            general = general.relaxed(known)
        # What a functional model says of its inputs stays in force.
        return general if inputs is None else general.with_shapes_of_x(base)

    def _compile(self, signature):
        names = signature.names(getattr(self.model, "input_names", None))
        inputs = [
            placeholder((None, *shape), dtype.name, name)
            for shape, dtype, name in zip(signature.shapes, signature.dtypes, names)
        ]
        data = signature.pack(inputs)
        with self.model._step_scope(self.mode), Trace() as trace:
            outputs, structure = _traced(self._call(data))
        name = f"{self.mode}_step of model {self.model.name!r}"
        function = Function(inputs, outputs, trace.updates, name=name)
        # Logs are fetched when somebody reads them; predictions are what is wanted.
        call = function if self.mode == "predict" else function.on_device
        if self.mode != "train" or self.model.optimizer is None:
            return call, structure
        prepare = self.model.optimizer.prepare_step

        def run(*arrays):
            # A learning rate that cannot be traced is computed before each step.
            prepare()
            return call(*arrays)

        return run, structure

    def _call(self, data):
        """Runs the model's step; returns what the compiled function shall return."""
        step = getattr(self.model, f"{self.mode}_step")
        outputs = step(pack_x_y_sample_weight(*data))
        if self.mode == "predict":
            return outputs
        if not self.returns_logs:
            return {}
        return flat_logs(outputs)

    def _eager_step(self, signature):
        def run(*arrays):
            # The arrays are overwritten by later batches; the user may keep tensors.
            data = signature.pack([as_tensor(array.copy()) for array in arrays])
            with self.model._step_scope(self.mode):
                outputs = self._call(data)
            self.structure = tree.map_structure(lambda leaf: None, outputs)
            return [_host(leaf) for leaf in tree.flatten(outputs)]

        return run

    def outputs(self):
        """Returns what the latest step returned, in its structure, on the host."""
        last = [_host(leaf) for leaf in self.last]
        return tree.pack_sequence_as(self.structure, last)


def flat_logs(logs) -> dict:
    """Returns the logs that a step returned, without nesting.

    Args:
        logs: Dict of tensors or dicts of tensors; `None` counts as empty.

    Raises:
        TypeError: If it is no dict.

    Example:

    >>> flat_logs({"loss": 1.0, "compile_metrics": {"mae": 2.0}})
    {'loss': 1.0, 'mae': 2.0}
    """
    if logs is None:
        return {}
    if not isinstance(logs, Mapping):
        raise TypeError(
            "train_step and test_step must return a dict of logs, for instance "
            f"{{'loss': loss}}.\n  got: {type(logs).__name__}"
        )
    flat = {}
    for name, value in logs.items():
        if isinstance(value, Mapping):
            flat.update(flat_logs(value))
        else:
            flat[name] = value
    return flat


def _host(value):
    return as_numpy(value) if is_tensor(value) or hasattr(value, "dtype") else value


def as_number(value):
    """Returns a log value as a Python float; an array with axes as it is.

    Args:
        value: Number, or array.

    Example:

    >>> import numpy as np
    >>> as_number(np.float32(0.5))
    0.5
    """
    if getattr(value, "ndim", 0) == 0:
        return float(value)
    return value


class MetricsReader:
    """Reads the results of all metrics of a model with one compiled function.

    Args:
        model: The model.

    Example:

    >>> MetricsReader.__name__
    'MetricsReader'
    """

    def __init__(self, model):
        self._model = model
        self._function = None
        self._names = ()

    def forget(self):
        """Drops the compiled function: the metrics have changed."""
        self._function = None

    def names(self) -> list:
        """Returns the names of the results that are known so far."""
        if self._function is None:
            with Trace():
                return sorted(flat_logs(self._model.get_metrics_result()))
        return self._names

    def __call__(self) -> dict:
        """Returns the results by name, sorted, as floats."""
        if self._function is None:
            with Trace():
                results = flat_logs(self._model.get_metrics_result())
                self._names = sorted(results)
                tensors = [as_tensor(results[name]) for name in self._names]
            self._function = Function([], tensors, name="metrics")
        values = self._function()
        return {name: as_number(value) for name, value in zip(self._names, values)}


class LazyLogs(Mapping):
    """The logs of the step that has just run, computed when they are read.

    Args:
        read: Function that returns a dict.

    Example:

    >>> LazyLogs(lambda: {"loss": 0.5})["loss"]
    0.5
    """

    def __init__(self, read):
        self._read = read

    def __getitem__(self, name):
        return self._read()[name]

    def __iter__(self):
        return iter(self._read())

    def __len__(self):
        return len(self._read())
