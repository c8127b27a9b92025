"""`SwapEMAWeights`: evaluates and predicts with the averages of the weights."""

from __future__ import annotations

from kerasish.callbacks.callback import Callback


class SwapEMAWeights(Callback):
    """Puts the moving averages of the weights into the model while it is evaluated.

    The optimizer must have been made with `use_ema=True`. The model gets its weights
    back afterwards.

    Args:
        swap_on_epoch: Whether the averages are also in the model at the end of each
            epoch, until the next one begins. Callbacks that come later in the list,
            such as `ModelCheckpoint`, then save the averages.

    Raises:
        ValueError: If the optimizer keeps no averages.

    Example:

    >>> import numpy as np
    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    >>> model.compile(keras.optimizers.SGD(0.1, use_ema=True), "mse")
    >>> x, y = np.ones((8, 3)), np.ones((8, 1))
    >>> history = model.fit(x, y, validation_data=(x, y), verbose=0,
    ...                     callbacks=[SwapEMAWeights()])
    """

    def __init__(self, swap_on_epoch=False):
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._swapped = False

    def _optimizer(self):
        optimizer = self.model.optimizer
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        if not getattr(optimizer, "use_ema", False):
            raise ValueError(
                "SwapEMAWeights: the optimizer must be made with use_ema=True.\n"
                f"Received: optimizer={optimizer!r}"
            )
        return optimizer

    def _swap(self):
        optimizer = self._optimizer()
        for variable, average in zip(
            optimizer._trainable_variables, optimizer._moving_averages
        ):
            weight = variable.numpy()
            variable.assign(average.numpy())
            average.assign(weight)
        self._swapped = not self._swapped

    def _swap_in(self):
        if not self._swapped and self._optimizer().built:
            self._swap()

    def _swap_out(self):
        if self._swapped:
            self._swap()

    def on_epoch_begin(self, epoch, logs=None):
        """Gives the model its weights back.

        Args:
            epoch: Index of the epoch.
            logs: Not used.
        """
        self._optimizer()
        self._swap_out()

    def on_epoch_end(self, epoch, logs=None):
        """Puts the averages into the model if `swap_on_epoch` is true.

        Args:
            epoch: Index of the epoch.
            logs: Not used.
        """
        if self.swap_on_epoch:
            self._swap_in()
            if self.model.stop_training or epoch + 1 == self.params.get("epochs"):
                self._keep_averages()

    def _keep_averages(self):
        # `fit` ends by copying the averages into the model.
        optimizer = self._optimizer()
        for variable, average in zip(
            optimizer._trainable_variables, optimizer._moving_averages
        ):
            average.assign(variable.numpy())

    def on_train_end(self, logs=None):
        """Forgets that the averages are in the model: they stay there.

        Args:
            logs: Not used.
        """
        self._swapped = False

    def on_test_begin(self, logs=None):
        """Puts the averages into the model.

        Args:
            logs: Not used.
        """
        self._swap_in()

    def on_test_end(self, logs=None):
        """Gives the model its weights back.

        Args:
            logs: Not used.
        """
        self._swap_out()

    def on_predict_begin(self, logs=None):
        """Puts the averages into the model.

        Args:
            logs: Not used.
        """
        self._swap_in()

    def on_predict_end(self, logs=None):
        """Gives the model its weights back.

        Args:
            logs: Not used.
        """
        self._swap_out()
