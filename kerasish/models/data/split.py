"""Cutting validation data off the end of arrays."""

from __future__ import annotations

from kerasish import tree
from kerasish.errors import ShapeError
from kerasish.models.data.columns import sliceable
from kerasish.models.data.conversion import close_lists, is_lazy


def split_arrays(arrays, validation_split: float):
    """Returns the first part of each array, and the rest.

    Args:
        arrays: The triple `(x, y, sample_weight)`.
        validation_split: Share of the samples, between 0 and 1, that the second part
            gets.

    Returns:
        `(training, validation)`, two triples.

    Raises:
        ValueError: If the share is not between 0 and 1, if `x` has no length or no
            slices, or if a part would be empty.

    Example:

    >>> split_arrays((list(range(10)), None, None), 0.2)[1][0]
    array([8, 9])
    """
    if not 0.0 < validation_split < 1.0:
        raise ValueError(
            "validation_split must be between 0 and 1.\n"
            f"Received: validation_split={validation_split}"
        )
    names = ("x", "y", "sample_weight")
    arrays = tuple(close_lists(part, name) for part, name in zip(arrays, names))
    leaves = [leaf for leaf in tree.flatten(arrays) if leaf is not None]
    for leaf in leaves:
        if not hasattr(leaf, "shape") or not hasattr(leaf, "__getitem__"):
            raise ValueError(
                "validation_split works on arrays only; pass validation_data instead.\n"
                f"  got: {type(leaf).__name__}"
            )
    sizes = {leaf.shape[0] for leaf in leaves}
    if len(sizes) != 1:
        raise ShapeError(
            "validation_split: all arrays must have the same number of samples.\n"
            f"  got: {sorted(sizes)}"
        )
    (size,) = sizes
    cut = int(size * (1.0 - validation_split))
    if cut in (0, size):
        raise ValueError(
            f"validation_split={validation_split} of {size} samples leaves one part "
            f"empty.\n  got: {cut} for training, {size - cut} for validation"
        )
    first = tree.map_structure(lambda leaf: _cut(leaf, slice(0, cut)), arrays)
    rest = tree.map_structure(lambda leaf: _cut(leaf, slice(cut, size)), arrays)
    return first, rest


class _Window:
    """A range of rows of an array that is read slice by slice."""

    def __init__(self, array, rows):
        self.array = sliceable(array)
        self.rows = rows
        self.shape = (rows.stop - rows.start, *array.shape[1:])
        self.dtype = array.dtype

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, index):
        if isinstance(index, slice):
            start, stop, _ = index.indices(self.shape[0])
            return self.array[self.rows.start + start : self.rows.start + stop]
        return self.array[index + self.rows.start]


def _cut(leaf, rows):
    if leaf is None:
        return None
    if hasattr(leaf, "iloc"):
        return leaf.iloc[rows]
    if is_lazy(leaf):
        return _Window(leaf, rows)
    return leaf[rows]
