"""What `compile` was given, and what follows from it."""

from __future__ import annotations

import contextlib
import warnings

from kerasish import losses, metrics, optimizers, tree
from kerasish.models.loss_container import CompileLoss
from kerasish.models.metrics_container import CompileMetrics

# Accepted from Keras 2 and without effect: here they have no meaning.
_WITHOUT_EFFECT = ("sample_weight_mode", "target_tensors", "distribute", "cloning")


class CompileSettings:
    """Optimizer, losses and metrics of a compiled model.

    Args:
        model: The model.
        arguments: Dict of the arguments of `compile`.

    Raises:
        ValueError: If a name is unknown.
        TypeError: If an argument is unknown.

    Attributes:
        optimizer: The optimizer.
        compile_loss: `CompileLoss`, or `None` without a loss.
        compile_metrics: `CompileMetrics`, or `None` without metrics.
        loss_tracker: Mean of the total loss over the epoch.

    Example:

    >>> CompileSettings.__name__
    'CompileSettings'
    """

    def __init__(self, model, arguments):
        self.arguments = dict(arguments)
        extra = self.arguments.pop("kwargs", None) or {}
        for name in _WITHOUT_EFFECT:
            extra.pop(name, None)
        if extra:
            raise TypeError(
                f"compile got arguments that it does not know.\n  got: {sorted(extra)}"
            )
        get = self.arguments.get
        self.optimizer = _optimizer(
            get("optimizer"), model, get("auto_scale_loss", True)
        )
        self.loss = get("loss")
        self.run_eagerly = bool(get("run_eagerly"))
        together = get("steps_per_execution") or 1
        self.steps_per_execution = 1 if together == "auto" else int(together)
        self._check_names()
        names = getattr(model, "output_names", None)
        self.compile_loss = None
        if self.loss is not None:
            self.compile_loss = CompileLoss(self.loss, get("loss_weights"), names)
        self.compile_metrics = None
        if get("metrics") is not None or get("weighted_metrics") is not None:
            self.compile_metrics = CompileMetrics(
                get("metrics"), get("weighted_metrics"), names, self.loss
            )
        self.loss_tracker = metrics.Mean(name="loss")
        self._flags = [
            (layer, bool(layer.trainable)) for layer in model._flatten_layers()
        ]
        self._warned = False

    def _check_names(self):
        """Raises for unknown names now rather than at the first step."""
        for identifier in tree.flatten(self.arguments.get("loss")):
            if isinstance(identifier, str) and identifier.lower() not in (
                "crossentropy",
                "ce",
            ):
                losses.get(identifier)
        for argument in ("metrics", "weighted_metrics"):
            for identifier in tree.flatten(self.arguments.get(argument)):
                if isinstance(identifier, str) and identifier.lower() not in (
                    "accuracy",
                    "acc",
                    "crossentropy",
                    "ce",
                ):
                    metrics.get(identifier)

    @property
    def containers(self):
        """The parts that are built by the first batch."""
        return [c for c in (self.compile_loss, self.compile_metrics) if c is not None]

    def own_metrics(self) -> list:
        """Returns the loss, the compiled metrics and the losses of the outputs."""
        found = [self.loss_tracker]
        if self.compile_metrics is not None:
            found.append(self.compile_metrics)
        if self.compile_loss is not None:
            found.extend(self.compile_loss.metrics)
        return found

    def warn_if_flags_changed(self):
        """Warns once if `trainable` of a layer has changed since `compile`."""
        if self._warned:
            return
        changed = [layer.name for layer, flag in self._flags if layer.trainable != flag]
        if changed:
            self._warned = True
            warnings.warn(
                "`trainable` of some layers has changed since compile(), so the change "
                "has no effect on training yet. Call compile() again if it shall.\n"
                f"  layers: {', '.join(changed)}",
                stacklevel=4,
            )

    @contextlib.contextmanager
    def flags_of_compile(self):
        """Gives all layers the `trainable` flags that they had in `compile`."""
        changed = [
            (layer, flag) for layer, flag in self._flags if layer.trainable != flag
        ]
        variables = [
            (variable, variable.trainable, flag)
            for layer, flag in changed
            for variable in layer._trainable_variables
        ]
        try:
            for layer, flag in changed:
                layer._trainable = flag
            for variable, _, flag in variables:
                variable.trainable = flag
            yield
        finally:
            for layer, flag in changed:
                layer._trainable = not flag
            for variable, before, _ in variables:
                variable.trainable = before

    def for_a_copy(self) -> dict:
        """Returns the arguments of `compile` for a copy of the model.

        Optimizer and metrics, which have state, are made anew.
        """
        arguments = tree.map_structure(_anew, self.arguments)
        return {**arguments, "optimizer": _anew(self.optimizer)}

    def serialized(self) -> dict:
        """Returns the arguments as plain data that a file can hold."""
        serialize = {
            "optimizer": optimizers.serialize,
            "loss": losses.serialize,
            "metrics": metrics.serialize,
            "weighted_metrics": metrics.serialize,
        }
        config = {}
        for name, value in self.arguments.items():
            convert = serialize.get(name)
            if convert is None:
                config[name] = value
            elif name == "optimizer":
                config[name] = None if value is None else convert(self.optimizer)
            else:
                config[name] = tree.map_structure(
                    lambda leaf, convert=convert: _plain(leaf, convert), value
                )
        return config


def _anew(leaf):
    has_state = isinstance(leaf, (optimizers.Optimizer, metrics.Metric))
    return type(leaf).from_config(leaf.get_config()) if has_state else leaf


def _plain(leaf, serialize):
    """Returns a loss or metric as plain data; a nameless function by what it shows."""
    if leaf is None or isinstance(leaf, str):
        return leaf
    try:
        return serialize(leaf)
    except ValueError as error:
        if not callable(leaf):
            raise
        warnings.warn(
            f"A function without a name is stored as text only, so a loaded model "
            f"must be compiled again.\n  cause: {error}",
            stacklevel=5,
        )
        return getattr(leaf, "__name__", type(leaf).__name__)


def _optimizer(identifier, model, auto_scale_loss):
    optimizer = optimizers.get(identifier)
    policy = getattr(getattr(model, "dtype_policy", None), "name", "")
    if auto_scale_loss and optimizer is not None and policy == "mixed_float16":
        from kerasish.optimizers import LossScaleOptimizer

        if not isinstance(optimizer, LossScaleOptimizer):
            return LossScaleOptimizer(optimizer, name="loss_scale_optimizer")
    return optimizer
