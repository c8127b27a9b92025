"""What a model keeps for training besides its layers."""

from __future__ import annotations

from kerasish.models.training_step import MetricsReader, StepRunner


class TrainerState:
    """Compile settings, compiled steps and caches of one model.

    Copies and pickles of the model keep the settings; steps are compiled anew.

    Args:
        model: The model.

    Attributes:
        settings: `CompileSettings`, `None` before `compile`.
        read_metrics: `MetricsReader`.
        small_predictions: Compiled prediction by dtypes and shapes of its arrays.
        watched: For each signature that was checked, the check of the next batches.
        warned_of_nan: Names of inputs that a warning was given for.
        progress: `FitProgress` while `fit` runs, otherwise `None`.

    Example:

    >>> TrainerState(None).settings is None
    True
    """

    progress = None

    def __init__(self, model):
        self.model = model
        self.settings = None
        self.warned_of_nan = set()
        self.forget_steps()

    def forget_steps(self):
        """Drops all compiled functions."""
        self.runners = {}
        self.small_predictions = {}
        self.watched = {}
        self._layers = []
        self._versions = 0
        self.read_metrics = MetricsReader(self.model)

    def remember_layers(self):
        """Notes what the layers are like now that a step was traced."""
        self._layers = self.model._flatten_layers()
        self._versions = sum(layer._structure_version for layer in self._layers)

    def drop_outdated(self):
        """Drops steps that were traced for layers that have changed since.

        Steps of training go on with what `compile` saw, unless layers were added or
        removed; predictions follow every change of a layer's attributes.
        """
        versions = 0
        for layer in self._layers:
            versions += layer._structure_version
        if versions == self._versions:
            return
        before = self._layers
        self.remember_layers()
        same = len(before) == len(self._layers) and all(
            old is new for old, new in zip(before, self._layers)
        )
        self.small_predictions.clear()
        for mode in ("predict",) if same else ("train", "test", "predict"):
            self.runners.pop(mode, None)

    def runner(self, mode):
        """Returns the `StepRunner` of a mode, made at first use.

        Args:
            mode: `"train"`, `"test"` or `"predict"`.
        """
        self.drop_outdated()
        found = self.runners.get(mode)
        if found is None:
            found = self.runners[mode] = StepRunner(self.model, mode)
        return found

    def __getstate__(self):
        return {
            "model": self.model,
            "settings": self.settings,
            "warned_of_nan": self.warned_of_nan,
        }

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.forget_steps()
