"""`Callback`: the base class whose hooks the training loops call."""

from __future__ import annotations


class Callback:
    """Base class of objects that act at set moments of `fit`, `evaluate`, `predict`.

    Override any of the hooks. A hook that is not overridden costs nothing: it is
    never called. `logs` is a dict of metric names and Python floats; changing it
    in `on_epoch_end` changes what later callbacks (and the History) see. A batch
    hook gets the exact values after that batch (averages since the epoch began).

    Attributes:
        params: Dict with `verbose`, `epochs` and `steps` of the running loop.
        model: The model that is being trained.

    Example:

    >>> class Count(Callback):
    ...     def on_train_begin(self, logs=None):
    ...         self.batches = 0
    ...     def on_train_batch_end(self, batch, logs=None):
    ...         self.batches += 1
    >>> Count().params is None
    True
    """

    # Hooks that this object defines but does not need (see CallbackList).
    _unused_hooks = ()
    # True: the batch hooks read `logs` seldom, and only while they run.
    _reads_logs_lazily = False
    # True: its hooks are called after those of all other callbacks.
    _runs_last = False

    def __init__(self):
        self.params = None
        self.validation_data = None
        self._model = None

    @property
    def model(self):
        """The model that the running loop belongs to."""
        return self._model

    @model.setter
    def model(self, model):
        self.set_model(model)

    def set_params(self, params):
        """Receives the parameters of the loop.

        Args:
            params: Dict with keys such as `verbose`, `epochs`, `steps`.
        """
        self.params = params

    def set_model(self, model):
        """Receives the model.

        Args:
            model: The `Model` about to be trained, evaluated or used to predict.
        """
        self._model = model

    def on_batch_begin(self, batch, logs=None):
        """An older name of `on_train_batch_begin`.

        Args:
            batch: Index of the batch within the epoch.
            logs: Dict; empty.
        """

    def on_batch_end(self, batch, logs=None):
        """An older name of `on_train_batch_end`.

        Args:
            batch: Index of the batch within the epoch.
            logs: Dict of metric results.
        """

    def on_epoch_begin(self, epoch, logs=None):
        """Called when an epoch of training starts.

        Args:
            epoch: Index of the epoch, from 0.
            logs: Dict; empty.
        """

    def on_epoch_end(self, epoch, logs=None):
        """Called when an epoch of training, with its validation, has ended.

        Args:
            epoch: Index of the epoch, from 0.
            logs: Dict of metric results; those of validation start with `val_`.
        """

    def on_train_batch_begin(self, batch, logs=None):
        """Called before a step of training.

        Args:
            batch: Index of the batch within the epoch.
            logs: Dict; empty.
        """
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch, logs=None):
        """Called after a step of training.

        Args:
            batch: Index of the batch within the epoch.
            logs: Dict of metric results, averaged since the epoch began.
        """
        self.on_batch_end(batch, logs=logs)

    def on_test_batch_begin(self, batch, logs=None):
        """Called before a batch of evaluation, also of validation in `fit`.

        Args:
            batch: Index of the batch.
            logs: Dict; empty.
        """

    def on_test_batch_end(self, batch, logs=None):
        """Called after a batch of evaluation, also of validation in `fit`.

        Args:
            batch: Index of the batch.
            logs: Dict of metric results, averaged since evaluation began.
        """

    def on_predict_batch_begin(self, batch, logs=None):
        """Called before a batch of prediction.

        Args:
            batch: Index of the batch.
            logs: Dict; empty.
        """

    def on_predict_batch_end(self, batch, logs=None):
        """Called after a batch of prediction.

        Args:
            batch: Index of the batch.
            logs: Dict with the key `outputs`: the predictions for this batch.
        """

    def on_train_begin(self, logs=None):
        """Called once when `fit` starts.

        Args:
            logs: Dict; empty.
        """

    def on_train_end(self, logs=None):
        """Called once when `fit` ends.

        Args:
            logs: Dict: the logs of the last epoch.
        """

    def on_test_begin(self, logs=None):
        """Called when evaluation, or validation within `fit`, starts.

        Args:
            logs: Dict; empty.
        """

    def on_test_end(self, logs=None):
        """Called when evaluation, or validation within `fit`, ends.

        Args:
            logs: Dict of metric results.
        """

    def on_predict_begin(self, logs=None):
        """Called when prediction starts.

        Args:
            logs: Dict; empty.
        """

    def on_predict_end(self, logs=None):
        """Called when prediction ends.

        Args:
            logs: Dict; empty.
        """
