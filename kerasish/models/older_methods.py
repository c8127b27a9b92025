"""`OlderMethods`: what Keras 2 models had, under the old names."""

from __future__ import annotations

import numpy as np

from kerasish import tree
from kerasish.models.data.packing import unpack_x_y_sample_weight
from kerasish.models.metrics_container import CompileMetrics


def with_workers(source, workers, use_multiprocessing, max_queue_size):
    """Returns `source`, told how its batches are made ahead of time.

    Args:
        source: A generator or `PyDataset`; only the latter can be told.
        workers: Number of workers; `None` leaves the data set's own, as for the others.
        use_multiprocessing: Whether they are processes.
        max_queue_size: Number of batches made ahead.

    Example:

    >>> with_workers([1], 2, False, 10)
    [1]
    """
    from kerasish.utils.py_dataset import PyDataset

    if isinstance(source, PyDataset):
        settings = {
            "workers": workers,
            "use_multiprocessing": use_multiprocessing,
            "max_queue_size": max_queue_size,
        }
        for name, value in settings.items():
            if value is not None:
                setattr(source, name, value)
    return source


def validation_arrays(data):
    """Returns validation data as callbacks of Keras 2 find it in `validation_data`.

    Args:
        data: What `fit` takes as `validation_data`.

    Returns:
        A list of the input arrays, target arrays and an array of sample weights for
        each target; `data` itself where it holds no arrays.

    Example:

    >>> x, y, weights = validation_arrays((np.ones((2, 3)), np.zeros(2)))
    >>> weights.tolist()
    [1.0, 1.0]
    """
    if not isinstance(data, (tuple, list)):
        return data
    x, y, weights = unpack_x_y_sample_weight(tuple(data))
    targets = tree.flatten(y)
    if weights is None:
        weights = [
            np.ones(np.shape(target)[0]) for target in targets if target is not None
        ]
    return [*tree.flatten(x), *targets, *tree.flatten(weights)]


class OlderMethods:
    """Methods for generators and classes, and the parts of a custom step.

    Today `fit`, `evaluate` and `predict` take generators and data sets themselves, and
    a custom step calls `compute_loss` and `compute_metrics`.

    Example:

    >>> [name for name in vars(OlderMethods) if name.endswith("generator")]
    ['fit_generator', 'evaluate_generator', 'predict_generator']
    """

    @property
    def uses_learning_phase(self):
        """Whether the outputs differ between training and testing."""
        outputs = tree.flatten(getattr(self, "outputs", None) or ())
        return any(output._uses_learning_phase for output in outputs)

    def _make_train_function(self):
        self.make_train_function()

    def _make_test_function(self):
        self.make_test_function()

    def _make_predict_function(self):
        self.make_predict_function()

    def fit_generator(
        self,
        generator,
        steps_per_epoch=None,
        epochs=1,
        verbose=1,
        callbacks=None,
        validation_data=None,
        validation_steps=None,
        validation_freq=1,
        class_weight=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        shuffle=True,
        initial_epoch=0,
    ):
        """Trains on a generator or `PyDataset`; see `fit`.

        Args:
            generator: Source of batches.
            steps_per_epoch: See `fit`, as all arguments that are not named here.
            epochs: See `fit`.
            verbose: See `fit`.
            callbacks: See `fit`.
            validation_data: See `fit`.
            validation_steps: See `fit`.
            validation_freq: See `fit`.
            class_weight: See `fit`.
            max_queue_size: Number of batches that workers make ahead.
            workers: Number of workers of a `PyDataset`.
            use_multiprocessing: Whether the workers are processes.
            shuffle: See `fit`.
            initial_epoch: See `fit`.

        Returns:
            The `History`.
        """
        workers_setting = (workers, use_multiprocessing, max_queue_size)
        return self.fit(
            with_workers(generator, *workers_setting),
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_data=with_workers(validation_data, *workers_setting),
            shuffle=shuffle,
            class_weight=class_weight,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            validation_freq=validation_freq,
        )

    def evaluate_generator(
        self,
        generator,
        steps=None,
        callbacks=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        verbose=0,
    ):
        """Evaluates on a generator or `PyDataset`; see `evaluate`.

        Args:
            generator: Source of batches.
            steps: See `evaluate`.
            callbacks: See `evaluate`.
            max_queue_size: Number of batches that workers make ahead.
            workers: Number of workers of a `PyDataset`.
            use_multiprocessing: Whether the workers are processes.
            verbose: See `evaluate`.

        Returns:
            The loss, or a list of the loss and the metrics.
        """
        source = with_workers(generator, workers, use_multiprocessing, max_queue_size)
        return self.evaluate(source, steps=steps, callbacks=callbacks, verbose=verbose)

    def predict_generator(
        self,
        generator,
        steps=None,
        callbacks=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        verbose=0,
    ):
        """Predicts for a generator or `PyDataset`; see `predict`.

        Args:
            generator: Source of batches.
            steps: See `predict`.
            callbacks: See `predict`.
            max_queue_size: Number of batches that workers make ahead.
            workers: Number of workers of a `PyDataset`.
            use_multiprocessing: Whether the workers are processes.
            verbose: See `predict`.

        Returns:
            The outputs.
        """
        source = with_workers(generator, workers, use_multiprocessing, max_queue_size)
        return self.predict(source, steps=steps, callbacks=callbacks, verbose=verbose)

    def predict_proba(self, x, batch_size=32, verbose=0):
        """Returns the outputs; the same as `predict`.

        Args:
            x: Inputs.
            batch_size: Number of samples in a step.
            verbose: See `predict`.

        Returns:
            Array of shape `(samples, classes)`.
        """
        return self.predict(x, batch_size=batch_size, verbose=verbose)

    def predict_classes(self, x, batch_size=32, verbose=0):
        """Returns the most probable class of each sample.

        Args:
            x: Inputs.
            batch_size: Number of samples in a step.
            verbose: See `predict`.

        Returns:
            Integer array of shape `(samples,)`; `(samples, 1)`, 1 for outputs above
            0.5, for a model with one output unit.
        """
        outputs = self.predict(x, batch_size=batch_size, verbose=verbose)
        if outputs.shape[-1] > 1:
            return np.argmax(outputs, axis=-1)
        return (outputs > 0.5).astype("int32")

    def compiled_loss(self, y, y_pred, sample_weight=None, regularization_losses=None):
        """Returns the compiled loss of a batch and tracks its mean.

        Args:
            y: Targets.
            y_pred: Outputs.
            sample_weight: Weights of the samples.
            regularization_losses: List of further losses to add.

        Returns:
            Scalar tensor.

        Raises:
            ValueError: If the model has no compiled loss.
        """
        settings = self._compile_settings
        if settings is None or settings.compile_loss is None:
            raise ValueError(f"Model {self.name!r} was compiled without a loss.")
        total = settings.compile_loss(y, y_pred, sample_weight)
        for loss in regularization_losses or ():
            total = total + loss
        self._track_loss(total, y_pred)
        return total

    @property
    def compiled_metrics(self):
        """The compiled metrics: `update_state(y, y_pred, sample_weight)`."""
        settings = self._compile_settings
        if settings is None or settings.compile_metrics is None:
            return CompileMetrics()
        return settings.compile_metrics
