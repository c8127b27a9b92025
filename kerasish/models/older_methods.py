"""`OlderMethods`: the training methods of Keras 2 for generators."""

from __future__ import annotations


def with_workers(source, workers, use_multiprocessing, max_queue_size):
    """Returns `source`, told how its batches are made ahead of time.

    Args:
        source: A generator or `PyDataset`; only the latter can be told.
        workers: Number of workers.
        use_multiprocessing: Whether they are processes.
        max_queue_size: Number of batches made ahead.

    Example:

    >>> with_workers([1], 2, False, 10)
    [1]
    """
    from kerasish.utils.py_dataset import PyDataset

    if isinstance(source, PyDataset):
        source.workers = workers
        source.use_multiprocessing = use_multiprocessing
        source.max_queue_size = max_queue_size
    return source


class OlderMethods:
    """`fit_generator`, `evaluate_generator` and `predict_generator`.

    Today `fit`, `evaluate` and `predict` take generators and data sets themselves.

    Example:

    >>> [name for name in vars(OlderMethods) if name.endswith("generator")]
    ['fit_generator', 'evaluate_generator', 'predict_generator']
    """

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
