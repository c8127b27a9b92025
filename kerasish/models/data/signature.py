"""What is the same in all batches of a source: structure, shapes, dtypes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kerasish import tree


@dataclass(frozen=True)
class Signature:
    """The structure of a batch and the shape and dtype of each of its arrays.

    Two signatures are equal if a step traced for one fits the other; the size of the
    first axis, the batch, is no part of it.

    Attributes:
        key: Text of the structure.
        shapes: Shapes without the first axis.
        dtypes: NumPy dtypes.
        template: The structure with the position of each array, or `None`.

    Example:

    >>> import numpy as np
    >>> signature, arrays = describe((np.zeros((4, 2)), None, None))
    >>> signature.shapes, signature.dtypes
    (((2,),), (dtype('float64'),))
    """

    key: str
    shapes: tuple
    dtypes: tuple
    template: Any = field(compare=False, hash=False, repr=False)

    def pack(self, leaves):
        """Returns the structure with `leaves` in place of the arrays.

        Args:
            leaves: One value for each array.
        """
        return tree.map_structure(
            lambda position: None if position is None else leaves[position],
            self.template,
        )

    def relaxed(self, other):
        """Returns a signature that fits both: `None` where sizes differ.

        Args:
            other: A signature of the same structure.
        """
        shapes = tuple(
            tuple(a if a == b else None for a, b in zip(mine, theirs))
            for mine, theirs in zip(self.shapes, other.shapes)
        )
        return self._with_shapes(shapes)

    def _with_shapes(self, shapes):
        return Signature(self.key, tuple(shapes), self.dtypes, self.template)

    def with_free_inputs(self, inputs):
        """Returns a signature with `None` where the model's inputs leave a size open.

        Args:
            inputs: The model's symbolic inputs in the order of the arrays of x and
                what `None` stands for, or `None` if it has none.
        """
        shapes = list(self.shapes)
        for i, tensor in zip(tree.flatten(self.template[0]), inputs or ()):
            if i is None:  # An optional input is left out.
                continue
            sizes = tensor.shape[1:]
            if len(sizes) == len(shapes[i]):
                shapes[i] = tuple(
                    None if wanted is None else size
                    for wanted, size in zip(sizes, shapes[i])
                )
        return self._with_shapes(shapes)

    def with_shapes_of_x(self, other):
        """Returns a signature whose x has the shapes that it has in `other`.

        Args:
            other: A signature of the same structure.
        """
        count = len([p for p in tree.flatten(self.template[0]) if p is not None])
        return self._with_shapes(other.shapes[:count] + self.shapes[count:])

    def has_ranks_of(self, other) -> bool:
        """Returns whether only sizes differ from `other`.

        Args:
            other: A signature.
        """
        return (
            self.key == other.key
            and self.dtypes == other.dtypes
            and [len(s) for s in self.shapes] == [len(s) for s in other.shapes]
        )

    def names(self, input_names=None) -> list[str]:
        """Returns a name for each array, such as `x`, `x[1]`, `y['age']`.

        Args:
            input_names: Names of the model's inputs, used if their number fits.
        """
        x, y, weight = self.template
        x_names = _names("x", x)
        if not isinstance(x, dict) and len(x_names) == len(input_names or ()):
            x_names = [f"input {name!r} (x)" for name in input_names]
        return x_names + _names("y", y) + _names("sample_weight", weight)


def _names(prefix, structure):
    if structure is None:
        return []
    if isinstance(structure, dict):
        parts = [(f"{prefix}[{key!r}]", structure[key]) for key in sorted(structure)]
    elif isinstance(structure, (list, tuple)):
        parts = [(f"{prefix}[{i}]", part) for i, part in enumerate(structure)]
    else:
        return [prefix]
    return [name for path, part in parts for name in _names(path, part)]


def describe(data) -> tuple[Signature, list]:
    """Returns the signature of a batch and the flat list of its arrays.

    Args:
        data: The triple `(x, y, sample_weight)`; structures of arrays or `None`.

    Example:

    >>> import numpy as np
    >>> describe(({"a": np.zeros(3)}, None, None))[0].names()
    ["x['a']"]
    """
    leaves = tree.flatten(data)
    arrays = []
    positions = []
    for leaf in leaves:
        if leaf is None:
            positions.append(None)
        else:
            positions.append(len(arrays))
            arrays.append(leaf)
    template = tree.pack_sequence_as(data, positions)
    signature = Signature(
        repr(template),
        tuple(tuple(array.shape[1:]) for array in arrays),
        tuple(array.dtype for array in arrays),
        template,
    )
    return signature, arrays
