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
        small_predictions: Compiled prediction by dtype and shape of a single array.
        watched: For each signature that was checked, the check of the next batches.
        warned_of_nan: Names of inputs that a warning was given for.

    Example:

    >>> TrainerState(None).settings is None
    True
    """

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
        self.read_metrics = MetricsReader(self.model)

    def runner(self, mode):
        """Returns the `StepRunner` of a mode, made at first use.

        Args:
            mode: `"train"`, `"test"` or `"predict"`.
        """
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
