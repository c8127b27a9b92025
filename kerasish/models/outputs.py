"""Matching settings, targets and weights with the outputs of a model."""

from __future__ import annotations

from kerasish import tree
from kerasish.errors import did_you_mean


class OutputMap:
    """The outputs of a model in flat order, with their names.

    Args:
        y_pred: Structure of the outputs.
        output_names: Names of the outputs, as a functional model knows them.

    Attributes:
        names: One name for each output.
        are_named: Whether the model has names for its outputs; otherwise `names` are
            made up.
        count: Number of outputs.

    Example:

    >>> outputs = OutputMap(["a tensor", "another"], ["age", "name"])
    >>> outputs.spread({"name": "mse"}, "loss")
    [None, 'mse']
    """

    def __init__(self, y_pred, output_names=None):
        self.count = len(tree.flatten(y_pred))
        self._structure = tree.map_structure(lambda output: True, y_pred)
        entries = y_pred.values() if isinstance(y_pred, dict) else y_pred
        self._is_nested = tree.is_nested(y_pred) and any(map(tree.is_nested, entries))
        self.are_named = True
        if self._is_nested and isinstance(y_pred, dict):
            self.names = self._paths(y_pred, output_names)
        elif isinstance(y_pred, dict) and len(y_pred) == self.count:
            self.names = [str(key) for key in sorted(y_pred)]
        elif output_names and len(output_names) == self.count:
            self.names = list(output_names)
        else:
            self.are_named = False
            self.names = [f"output_{i + 1}" for i in range(self.count)]

    def _paths(self, y_pred, output_names):
        """Names of nested outputs: their keys, and their own names within lists."""
        own = output_names if output_names and len(output_names) == self.count else None
        names = []
        for i, (path, _) in enumerate(tree.flatten_with_path(y_pred)):
            *first, last = path
            last = own[i] if own and isinstance(last, int) else last
            names.append("/".join(map(str, (*first, last))))
        return names

    def spread(self, setting, argument: str) -> list:
        """Returns one entry of a `compile` argument for each output.

        Args:
            setting: One value for all outputs, a list in the order of the outputs, a
                dict by output name, or what is nested as the outputs are. For a single
                output a list is its entry.
            argument: Name of the argument, for messages.

        Raises:
            ValueError: If the number or the names do not fit.
        """
        nested = self._by_structure(setting)
        if nested is not None:
            return nested
        if isinstance(setting, dict):
            return self._by_name(setting, argument)
        if self.count == 1:
            if isinstance(setting, (list, tuple)) and len(setting) == 1:
                return [setting[0]]
            return [setting]
        if not isinstance(setting, (list, tuple)):
            return [setting] * self.count
        if len(setting) != self.count:
            raise ValueError(
                f"compile: {argument} has {len(setting)} entries, but the model has "
                f"{self.count} outputs ({', '.join(self.names)}).\n"
                f"Received: {argument}={setting}"
            )
        return list(setting)

    def _by_structure(self, values):
        """Returns one entry for each output if both are nested alike, else `None`."""
        if not self._is_nested:
            return None
        try:
            # Within functions lists are entries, and not more structure.
            boxes = tree.map_structure_up_to(
                self._structure, lambda entry: lambda: entry, values
            )
        except (KeyError, TypeError, ValueError):
            return None
        return [box() for box in tree.flatten(boxes)]

    def _by_name(self, setting, argument):
        for name in setting:
            if name not in self.names:
                raise ValueError(
                    f"{argument}: the model has no output {name!r}."
                    f"{did_you_mean(name, self.names)}\n"
                    f"  got: {sorted(map(str, setting))}, outputs: {self.names}"
                )
        return [setting.get(name) for name in self.names]

    def align(self, values, argument: str, used=None) -> list:
        """Returns one target (or weight) for each output.

        Args:
            values: One array for a single output; a list in the order of the outputs
                or a dict by output name for several. Outputs without a loss may be
                left out.
            argument: `"y"` or `"sample_weight"`, for messages.
            used: For each output whether it needs a value.

        Raises:
            ValueError: If the number or the names do not fit.
        """
        if values is None:
            return [None] * self.count
        nested = self._by_structure(values)
        if nested is not None:
            return nested
        if isinstance(values, dict):
            return self._by_name(values, argument)
        flat = tree.flatten(values)
        if len(flat) == self.count:
            return flat
        if argument == "sample_weight" and len(flat) == 1:
            return flat * self.count
        places = [i for i, needed in enumerate(used or ()) if needed]
        if len(flat) == len(places):
            aligned = [None] * self.count
            for place, value in zip(places, flat):
                aligned[place] = value
            return aligned
        raise ValueError(
            f"{argument} must hold one array for each output of the model "
            f"({', '.join(self.names)}).\n"
            f"  got: {len(flat)} arrays for {self.count} outputs"
        )
