"""`GradientTape`: differentiates code that runs at once, or that is being traced."""

from __future__ import annotations

from typing import Any

from kerasish import tree
from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import Tensor, Variable, as_tensor, recording
from kerasish.errors import GradientError

_UNCONNECTED = ("none", "zero")


class GradientTape:
    """Records what happens inside a `with` block, to be differentiated afterwards.

    Variables are always watched; other tensors by `watch`. Tapes may be nested, which
    gives higher derivatives. Inside a traced function values are symbolic and the
    result is a part of that graph.

    Args:
        persistent: Whether `gradient` may be called more than once.
        watch_accessed_variables: Kept for compatibility; a gradient may be asked for
            by any Variable.

    Example:

    >>> x = as_tensor(3.0)
    >>> with GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = x * x
    >>> float(tape.gradient(y, x))
    6.0
    """

    def __init__(
        self, persistent: bool = False, watch_accessed_variables: bool = True
    ) -> None:
        self.persistent = persistent
        self.watch_accessed_variables = watch_accessed_variables
        self._used = False
        self._scope: Any = None

    def __enter__(self) -> GradientTape:
        self._scope = recording()
        self._scope.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._scope.__exit__(*exception)
        self._scope = None

    def watch(self, tensor: Any) -> None:
        """Make a tensor (or a structure of them) one that can be differentiated by.

        Args:
            tensor: Tensors with or without values; Variables are watched already.
        """
        for leaf in tree.flatten(tensor):
            if not isinstance(leaf, (Tensor, Variable)):
                raise TypeError(f"Only tensors can be watched.\nReceived: {leaf!r}")

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: str = "none",
    ) -> Any:
        """Return the gradient of targets by sources.

        Args:
            target: A tensor or a structure of tensors; several are summed.
            sources: A tensor or Variable, or a structure of them.
            output_gradients: The gradient of each target, ones by default.
            unconnected_gradients: `'none'` or `'zero'`, for sources that the target
                does not depend on.

        Returns:
            A structure like `sources`.

        Raises:
            GradientError: If a tape that is not persistent is used twice.
        """
        if self._used and not self.persistent:
            raise GradientError(
                "A tape gives its gradient once; use GradientTape(persistent=True)."
            )
        self._used = True
        targets = [as_tensor(leaf) for leaf in tree.flatten(target)]
        starts = None
        if output_gradients is not None:
            given = tree.flatten(output_gradients)
            starts = [None if g is None else as_tensor(g) for g in given]
        kind = getattr(unconnected_gradients, "value", unconnected_gradients)
        flat = tree.flatten(sources)
        found = gradients(targets, flat, starts, unconnected=kind)
        return tree.pack_sequence_as(sources, found)

    def jacobian(self, target: Any, source: Any) -> Any:
        """Return the derivative of each target element by each source element.

        Args:
            target: A tensor with a known shape.
            source: A tensor or Variable.

        Returns:
            A tensor of shape `target.shape + source.shape`.
        """
        target = as_tensor(target)
        with recording():
            flat = ops.reshape(target, (-1,))
            parts = [flat[i] for i in range(flat.shape[0])]
        rows = [gradients(part, [source], unconnected="zero")[0] for part in parts]
        self._used = True
        shape = tuple(target.shape) + tuple(as_tensor(source).shape)
        return ops.reshape(ops.stack(rows), shape)

    def batch_jacobian(self, target: Any, source: Any) -> Any:
        """Return the Jacobian of each sample of a batch.

        Args:
            target: A tensor of shape `(batch, ...)`; each sample depends on the same
                sample of `source` only.
            source: A tensor of shape `(batch, ...)`.

        Returns:
            A tensor of shape `(batch, *target.shape[1:], *source.shape[1:])`.
        """
        target = as_tensor(target)
        with recording():
            flat = ops.reshape(target, (target.shape[0], -1))
            parts = [ops.sum(flat[:, i]) for i in range(flat.shape[1])]
        rows = [gradients(part, [source], unconnected="zero")[0] for part in parts]
        self._used = True
        shape = tuple(target.shape) + tuple(as_tensor(source).shape[1:])
        return ops.reshape(ops.stack(rows, axis=1), shape)

    def stop_recording(self) -> Any:
        """Return a context in which nothing is recorded."""
        from kerasish.backend.graph import stop_recording

        return stop_recording()

    def reset(self) -> None:
        """Forget that the gradient was taken."""
        self._used = False

    def watched_variables(self) -> tuple:
        """Return nothing: every Variable can be differentiated by."""
        return ()
