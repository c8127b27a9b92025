"""`Compiling`: how a model is told what to train with."""

from __future__ import annotations

from kerasish import tree
from kerasish.metrics import Metric
from kerasish.models.compile_settings import CompileSettings
from kerasish.models.training_steps import TrainingSteps
from kerasish.registry import get_registered_object


class Compiling(TrainingSteps):
    """The part of a model that knows its optimizer, losses and metrics.

    Example:

    >>> Compiling().compiled
    False
    """

    stop_training = False

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
                In Keras 2 `metrics` came before it; that order works as well.
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
        if _means_metrics(loss_weights):
            loss_weights, metrics = metrics, loss_weights
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
        self._training_state.settings = settings
        self._training_state.forget_steps()
        self.stop_training = False
        self.__dict__.pop("loss", None)
        if loss is not None:
            self.__dict__["loss"] = loss

    @property
    def compiled(self):
        """Whether `compile` was called."""
        return self._compile_settings is not None

    @property
    def optimizer(self):
        """The optimizer given to `compile`, or `None`."""
        return (
            None if self._compile_settings is None else self._compile_settings.optimizer
        )

    @optimizer.setter
    def optimizer(self, value):
        self._need_compiled("setting optimizer")
        self._compile_settings.optimizer = value
        self._training_state.forget_steps()

    @property
    def run_eagerly(self):
        """Whether steps run as plain Python; may be set before and after `compile`."""
        if self._compile_settings is None:
            return self.__dict__.get("_runs_eagerly", False)
        return self._compile_settings.run_eagerly

    @run_eagerly.setter
    def run_eagerly(self, value):
        if self._compile_settings is None:
            self.__dict__["_runs_eagerly"] = bool(value)
        else:
            self._compile_settings.run_eagerly = bool(value)
        self._training_state.forget_steps()

    @property
    def jit_compile(self):
        """Whether steps are compiled: always, unless they run eagerly."""
        return not self.run_eagerly

    @property
    def steps_per_execution(self):
        """Number of steps between two calls of batch hooks."""
        return (
            1
            if self._compile_settings is None
            else self._compile_settings.steps_per_execution
        )

    def _need_compiled(self, action):
        if self._compile_settings is None:
            raise ValueError(
                f"Model {self.name!r}: call compile() before {action}, for instance "
                'model.compile(optimizer="adam", loss="mse").'
            )

    def get_compile_config(self):
        """Returns the arguments of `compile` as plain data, `None` if not compiled.

        Returns:
            Dict.
        """
        return (
            None
            if self._compile_settings is None
            else self._compile_settings.serialized()
        )

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
            self._training_state.runners.pop(mode, None)
            self._training_state.small_predictions.clear()
        self._step_runner(mode)


def _means_metrics(value):
    """Tells whether something given as weights of losses has names or functions."""
    return any(
        isinstance(leaf, (str, Metric)) or callable(leaf)
        for leaf in tree.flatten(value)
    )


def _read_config(value, read):
    """Returns what a serialised loss, metric or optimizer setting stands for."""
    if isinstance(value, dict) and "class_name" in value:
        return read(value)
    if isinstance(value, dict):
        return {name: _read_config(part, read) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_read_config(part, read) for part in value]
    if isinstance(value, str):
        # Custom objects are known only while the file is read.
        custom = get_registered_object(value)
        return value if custom is None else custom
    return value if value is None else read(value)
