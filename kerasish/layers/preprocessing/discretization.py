"""Numbers sorted into bins."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.layers.layer import Layer
from kerasish.layers.preprocessing.batches import numeric_batches
from kerasish.layers.preprocessing.encoding import MODES, check_mode, encoded


class Discretization(Layer):
    """Replaces numbers by the index of the bin that they are in.

    Args:
        bin_boundaries: The inner bounds of the bins, rising; a bin has its lower bound
            and not its upper one.
        num_bins: Number of bins whose bounds `adapt` finds, as quantiles.
        epsilon: Precision of the quantiles.
        output_mode: `"int"`, `"one_hot"`, `"multi_hot"` or `"count"`.
        sparse: Must be false.

    Input shape: any, of numbers.

    Output shape: the same, of integers; see `CategoryEncoding` for the other modes.

    Raises:
        ValueError: If not exactly one of the bounds and their number is given.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Discretization(bin_boundaries=[0.0, 1.0, 2.0])
    >>> layer(keras.ops.array([[-1.5, 1.0], [3.4, 0.5]])).numpy().tolist()
    [[0, 2], [3, 1]]
    """

    def __init__(
        self,
        bin_boundaries: Any = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        dtype: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(dtype=dtype, name=name, **kwargs)
        if (bin_boundaries is None) == (num_bins is None):
            raise ValueError(
                "Exactly one of `bin_boundaries` and `num_bins` is needed.\nReceived: "
                f"bin_boundaries={bin_boundaries!r}, num_bins={num_bins!r}"
            )
        if bin_boundaries is not None:
            bin_boundaries = np.asarray(bin_boundaries).tolist()
        self.bin_boundaries = bin_boundaries
        self.num_bins = num_bins
        self.epsilon = epsilon
        self.output_mode = check_mode(output_mode, MODES[:4], sparse)
        self.sparse = sparse
        self._summary = np.zeros((2, 0), "float32")

    def adapt(self, data: Any, batch_size: Any = None, steps: Any = None) -> None:
        """Find the bounds of the bins from data.

        Args:
            data: An array, or an iterable of batches.
            batch_size: Of no effect.
            steps: Number of batches to use; all by default.
        """
        if self.num_bins is None:
            raise ValueError(
                f'layer "{self.name}": it was made with `bin_boundaries`, so it cannot '
                f"adapt.\nReceived: bin_boundaries={self.bin_boundaries}"
            )
        self.reset_state()
        for batch in numeric_batches(data, steps):
            self.update_state(batch)
        self.finalize_state()

    def reset_state(self) -> None:
        """Forget all data."""
        self._summary = np.zeros((2, 0), "float32")

    def update_state(self, data: Any) -> None:
        """Take a batch into account.

        Args:
            data: An array of numbers.
        """
        values = np.sort(np.asarray(data, "float32").reshape(-1))
        step = max(values.size / (1.0 / self.epsilon), 1)
        chosen = values[int(step - 1) :: int(step)]
        new = np.stack([chosen, np.full_like(chosen, step)])
        both = np.concatenate([new, self._summary], axis=1)
        both = both[:, np.argsort(both[0])]
        self._summary = _thinned(both, self.epsilon)

    def finalize_state(self) -> None:
        """Turn the data seen into bounds."""
        thinned = _thinned(self._summary, 1.0 / self.num_bins)
        self.bin_boundaries = thinned[0, :-1].tolist()

    def call(self, inputs: Any) -> Any:
        """Return the indices of the bins, or their encoding."""
        if self.bin_boundaries is None:
            raise ValueError(
                f'layer "{self.name}": it has no bounds yet. Call `adapt(data)` first.'
            )
        bounds = np.asarray(self.bin_boundaries, "float32")
        indices = ops.digitize(ops.cast(inputs, "float32"), bounds)
        dtype = "int32" if self.output_mode == "int" else self.compute_dtype
        return encoded(indices, self.output_mode, len(bounds) + 1, dtype)

    @classmethod
    def from_config(cls, config: Any) -> Any:
        """Make a layer from what `get_config()` returned."""
        config = dict(config)
        bounds = config.get("bin_boundaries")
        adapted = bounds is not None and config.get("num_bins") is not None
        if adapted:
            config["bin_boundaries"] = None
        layer = super().from_config(config)
        if adapted:
            layer.bin_boundaries = list(bounds)
        return layer


def _thinned(summary: np.ndarray, epsilon: float) -> np.ndarray:
    """Returns a summary (values and weights) of at most `1 / epsilon` columns."""
    if summary.shape[1] * epsilon < 1:
        return summary
    parts = epsilon + np.arange(0.0, 1.0, epsilon)
    values, weights = summary
    reached = weights.cumsum()
    places = reached / reached[-1]
    total = np.interp(parts, places, reached)
    return np.stack(
        [np.interp(parts, places, values), np.diff(total, prepend=0.0)]
    ).astype("float32")
