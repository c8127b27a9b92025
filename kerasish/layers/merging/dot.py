"""The dot product of two inputs."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.errors import ShapeError
from kerasish.layers.merging.base_merge import Merge


class Dot(Merge):
    """The dot products of the samples of two inputs, along an axis of each.

    Args:
        axes: The axis of both inputs, or a pair with the axis of each.
        normalize: Whether the inputs are scaled to norm one along these axes, which
            gives the cosine of the angle between them.

    Input shape: a list of two, `(batch, ...)`.

    Output shape: the axes of both that are left; `(batch, 1)` if none are.

    Raises:
        ShapeError: If the sizes of the two axes differ.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Dot(axes=1)
    >>> layer([keras.ops.ones((2, 3)), keras.ops.ones((2, 3))]).numpy().tolist()
    [[3.0], [3.0]]
    """

    most = 2

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        several = isinstance(axes, (list, tuple))
        if several and len(axes) != 2 or not several and not isinstance(axes, int):
            raise ValueError(
                f"`axes` must be an integer or a pair of them.\nReceived: axes={axes!r}"
            )
        self.axes = list(axes) if several else axes
        self.normalize = normalize

    def _pair(self, rank_a: int, rank_b: int) -> tuple[int, int]:
        pair = self.axes if isinstance(self.axes, list) else (self.axes, self.axes)
        return pair[0] % rank_a, pair[1] % rank_b

    def build(self, input_shape: Any) -> None:
        """Check that the sizes of the two axes agree."""
        a, b = (tuple(shape) for shape in self.check_list(input_shape))
        axis_a, axis_b = self._pair(len(a), len(b))
        if 0 in (axis_a, axis_b) or (
            a[axis_a] != b[axis_b] and None not in (a[axis_a], b[axis_b])
        ):
            raise ShapeError(
                f'layer "{self.name}": the axes {self.axes} of the two inputs must '
                f"have one size and not be the batch.\n  got: {a} and {b}"
            )

    def call(self, inputs: Any) -> Any:
        """Return the dot products of two inputs."""
        a, b = self.check_list(inputs)
        axis_a, axis_b = self._pair(len(a.shape), len(b.shape))
        if self.normalize:
            a = ops.normalize(a, axis=axis_a)
            b = ops.normalize(b, axis=axis_b)
        letters = iter("cdefghijklmnopqrstuvwxy")
        term_a = ["b"] + [next(letters) for _ in a.shape[1:]]
        term_b = ["b"] + [next(letters) for _ in b.shape[1:]]
        term_a[axis_a] = term_b[axis_b] = "z"
        result = [letter for letter in term_a + term_b[1:] if letter != "z"]
        equation = f"{''.join(term_a)},{''.join(term_b)}->{''.join(result)}"
        outputs = ops.einsum(equation, a, b)
        return ops.expand_dims(outputs, 1) if len(result) == 1 else outputs

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """Return `None`: the axes of the masks are gone."""
        return None
