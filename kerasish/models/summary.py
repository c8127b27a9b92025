"""The table that `Model.summary()` prints."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

from kerasish import tree
from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph import Tensor
from kerasish.models.functional import Functional
from kerasish.models.keras_operations import class_name_of
from kerasish.models.program import LayerStep, Slot
from kerasish.models.sequential import Sequential
from kerasish.models.table import draw_table


def count_bytes(variables: list) -> tuple[int, int]:
    """Return how many elements and bytes some Variables have.

    Args:
        variables: Variables; each is counted once.

    Example:

    >>> from kerasish.backend.graph import Variable
    >>> count_bytes([Variable([1.0, 2.0])])
    (2, 8)
    """
    unique = {id(v): v for v in variables}.values()
    sizes = [(math.prod(v.shape), numpy_dtype(v.spec.dtype).itemsize) for v in unique]
    return sum(n for n, _ in sizes), sum(n * item for n, item in sizes)


def readable_size(size: float) -> str:
    """Return a number of bytes in a unit that suits it.

    Example:

    >>> readable_size(348), readable_size(65404)
    ('348.00 B', '63.87 KB')
    """
    units = ["TB", "GB", "MB", "KB", "B"]
    while size >= 1024 and len(units) > 1:
        size /= 1024
        units.pop()
    return f"{size:.2f} {units[-1]}"


def readable_count(count: float) -> str:
    """Return a number with a letter for thousands, millions and so on.

    Example:

    >>> readable_count(348), readable_count(7_745_000_000)
    ('348', '7.75 G')
    """
    letters = ["T", "G", "M", "K"]
    if count < 1000:
        return str(count)
    while count >= 1000 and letters:
        count /= 1000
        letter = letters.pop()
    return f"{count:.2f} {letter}"


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: list | None = None,
    print_fn: Callable[[str], Any] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: tuple | list | None = None,
    flops: bool = False,
) -> None:
    """Print the layers of a model, as `Model.summary` does.

    Args:
        model: The model.
        line_length: The width of the table; as the terminal allows if `None`.
        positions: Where the columns end, as shares of the width or in characters.
        print_fn: Called with the text instead of printing it.
        expand_nested: Whether to list the layers of nested models.
        show_trainable: Whether to mark trainable layers.
        layer_range: Names (or patterns) of the first and the last layer shown.
        flops: Whether to tell the floating-point operations of each layer for one
            sample, and the memory of its weights and of its results for one sample.

    Example:

    >>> import kerasish as keras
    >>> dense = keras.layers.Dense(1, name="dense")
    >>> model = keras.Sequential([keras.Input((4,)), dense], name="m")
    >>> print_summary(model, line_length=30)
    Model: "m"
    ┏━━━━━━━━━━━━┳━━━━━━━━━┳━━━━━┓
    ┃ Layer      ┃ Output  ┃ Pa… ┃
    ┃ (type)     ┃ Shape   ┃   # ┃
    ┡━━━━━━━━━━━━╇━━━━━━━━━╇━━━━━┩
    │ dense      │ (None,  │   5 │
    │ (Dense)    │ 1)      │     │
    └────────────┴─────────┴─────┘
     Total params: 5 (20.00 B)
     Trainable params: 5 (20.00 B)
     Non-trainable params: 0 (0.00 B)
    """
    linear = _is_linear(model)
    columns = ["Layer (type)", "Output Shape", "Param #"]
    alignments = ["left", "left", "right"]
    ends = [0.45, 0.80, 1.0] if linear else [0.3, 0.56, 0.74, 1.0]
    width = 88 if linear else 108
    if not linear:
        columns.append("Connected to")
        alignments.append("left")
    ends = positions or ends
    added = [("Trainable", "center", 0.1)] if show_trainable else []
    if flops:
        added += [("FLOPs", "right", 0.13), ("Memory", "right", 0.14)]
    for title, alignment, share in added:
        columns.append(title)
        alignments.append(alignment)
        ends = [end * (1 - share) if end <= 1 else end for end in ends] + [1.0]
        width += 11
    available = shutil.get_terminal_size((80, 24)).columns - 4
    width = line_length or min(width, available)
    shown = list(_rows(model, expand_nested, layer_range))
    costs = _costs(model, [layer for layer, _ in shown]) if flops else {}
    rows = []
    for layer, prefix in shown:
        row = [
            f"{prefix}{layer.name} ({type_name(layer)})",
            _output_shape(layer),
            _parameters(layer),
        ]
        if not linear:
            row.append("-" if prefix else _connections(model, layer))
        if show_trainable:
            row.append(_trainable_mark(layer))
        if flops:
            row += _cost_cells(layer, costs)
        rows.append(row)
    lines = [f'Model: "{model.name}"']
    lines += draw_table(columns, rows, ends, alignments, width)
    lines += _totals(model)
    if flops:
        lines += _cost_totals(model, costs)
    text = "\n".join(lines)
    (print_fn or print)(text)


def _costs(model: Any, layers: list) -> dict:
    from kerasish.models.costs import layer_costs

    found = layer_costs(model)
    for layer in layers:
        if hasattr(layer, "_inbound_nodes") and _is_model(layer):
            found = {**layer_costs(layer), **found}
    return found


def _cost_cells(layer: Any, costs: dict) -> list[str]:
    weights = count_bytes(getattr(layer, "weights", []))[1]
    cost = costs.get(id(layer))
    if type_name(layer) == "InputLayer":
        return ["0", readable_size(0)]
    if cost is None:
        return ["?", "?"]
    return [readable_count(cost.operations), readable_size(weights + cost.memory)]


def _cost_totals(model: Any, costs: dict) -> list[str]:
    own = [costs[id(part)] for part in operations_shown(model) if id(part) in costs]
    operations = sum(cost.operations for cost in own)
    memory = readable_size(sum(cost.memory for cost in own))
    return [
        f" FLOPs of a sample: {operations:,}",
        f" Memory of the results of a sample: {memory}",
    ]


def type_name(layer: Any) -> str:
    """Return the class name of a layer; for an op its own name."""
    if not hasattr(layer, "_inbound_nodes"):
        return class_name_of(layer.op)
    return type(layer).__name__


def _is_linear(model: Any) -> bool:
    if isinstance(model, Sequential) or not isinstance(model, Functional):
        return True
    if len(model.inputs) > 1:
        return False
    program = model._program
    seen: set[int] = set()
    previous = program.inputs[0].source[0]
    for number, step in enumerate(program.steps):
        used = tree.flatten((step.args, step.kwargs))
        used = [item for item in used if isinstance(item, Slot)]
        if len(used) != 1 or used[0].source[0] != previous:
            return False
        target = step.layer if isinstance(step, LayerStep) else step
        if id(target) in seen:
            return False
        seen.add(id(target))
        previous = number
    return True


def operations_shown(model: Any) -> list:
    """Return the layers of a model, and the ops outside layers if there are any.

    Example:

    >>> import kerasish as keras
    >>> x = keras.Input((2,))
    >>> [type_name(part) for part in operations_shown(keras.Model(x, x + 1.0))]
    ['InputLayer', 'Add']
    """
    if isinstance(model, Functional) and not isinstance(model, Sequential):
        ops = [step for step in model._program.steps if not isinstance(step, LayerStep)]
        if not ops:
            return model.layers
        return model.operations
    return model.layers


def _rows(
    model: Any, expand: bool, layer_range: tuple | list | None
) -> Iterator[tuple[Any, str]]:
    stack = [
        (layer, "")
        for layer in reversed(layers_in_range(operations_shown(model), layer_range))
    ]
    while stack:
        layer, prefix = stack.pop()
        yield layer, prefix
        if expand and hasattr(layer, "_inbound_nodes") and _is_model(layer):
            inner = prefix[: -len("└ ")] if prefix else ""
            stack += [
                (item, f"{inner}   └ ") for item in reversed(operations_shown(layer))
            ]


def _is_model(layer: Any) -> bool:
    from kerasish.models.model import Model

    return isinstance(layer, Model) and bool(layer.layers)


def layers_in_range(layers: list, layer_range: tuple | list | None) -> list:
    """Return the layers from one name to another.

    Args:
        layers: The layers.
        layer_range: Names (or patterns) of the first and the last one; `None` for all.

    Raises:
        ValueError: If there are no such layers.

    Example:

    >>> layers_in_range(["a", "b"], None)
    ['a', 'b']
    """
    if layer_range is None:
        return layers
    if len(layer_range) != 2:
        raise ValueError(
            "`layer_range` holds the names of the first and the last layer.\n"
            f"Received: layer_range={layer_range}"
        )
    numbers = [
        [i for i, layer in enumerate(layers) if re.match(pattern, layer.name)]
        for pattern in layer_range
    ]
    if not numbers[0] or not numbers[1]:
        raise ValueError(
            "`layer_range` does not match the name of any layer.\n"
            f"Received: layer_range={layer_range}"
        )
    first, last = min(numbers[0]), max(numbers[1])
    if first > last:
        first, last = min(numbers[1]), max(numbers[0])
    return layers[first : last + 1]


def _output_shape(layer: Any) -> str:
    if not hasattr(layer, "_inbound_nodes"):
        return "?" if layer.shapes is None else _shape_text(layer.shapes)
    if isinstance(layer, (Functional, Sequential)) and layer.built:
        return _shape_text(getattr(layer, "output_shape", None))
    if layer._inbound_nodes:
        shapes = [
            tree.map_structure(_shape_of, node.outputs) for node in layer._inbound_nodes
        ]
        return ", ".join(dict.fromkeys(_shape_text(shape) for shape in shapes))
    shapes = layer.__dict__.get("_build_shapes")
    if not layer.built or not shapes:
        return "?"
    try:
        if len(shapes) == 1:
            found = layer.compute_output_shape(next(iter(shapes.values())))
        else:
            found = layer.compute_output_shape(**shapes)
    except (TypeError, ValueError, NotImplementedError):
        return "?"
    return _shape_text(found)


def _shape_of(leaf: Any) -> Any:
    return tuple(leaf.shape) if isinstance(leaf, Tensor) else None


def _shape_text(shape: Any) -> str:
    if shape is None:
        return "?"
    if isinstance(shape, list):
        return ", ".join(_shape_text(item) for item in shape)
    return str(shape)


def _parameters(layer: Any) -> str:
    if not hasattr(layer, "_inbound_nodes"):
        return "0"
    if not layer.built:
        return "0 (unbuilt)"
    return f"{layer.count_params():,}"


def _connections(model: Any, layer: Any) -> str:
    program = model._program
    calls: dict[int, int] = {}
    names: dict[int, str] = {}
    found: list[str] = []
    for slot, name in zip(program.inputs, model.input_names):
        names[slot.index] = f"{name}[0][0]"
    for step in program.steps:
        target = step.layer if isinstance(step, LayerStep) else step
        number = calls.get(id(target), 0)
        calls[id(target)] = number + 1
        if target is layer:
            used = tree.flatten((step.args, step.kwargs))
            found += [names[slot.index] for slot in used if isinstance(slot, Slot)]
        for slot in tree.flatten(step.results):
            if isinstance(slot, Slot):
                names[slot.index] = f"{step.name}[{number}][{slot.source[1]}]"
    return ", ".join(found) or "-"


def _trainable_mark(layer: Any) -> str:
    if not hasattr(layer, "_inbound_nodes") or not layer.weights:
        return "-"
    return "Y" if layer.trainable else "N"


def _totals(model: Any) -> list[str]:
    trainable = count_bytes(model.trainable_variables)
    known = {id(variable) for variable in model.trainable_variables}
    fixed = count_bytes([v for v in model.weights if id(v) not in known])
    optimizer = getattr(model, "optimizer", None)
    state = count_bytes(list(getattr(optimizer, "variables", None) or []))
    total = [a + b + c for a, b, c in zip(trainable, fixed, state)]
    lines = [
        f" Total params: {total[0]:,} ({readable_size(total[1])})",
        f" Trainable params: {trainable[0]:,} ({readable_size(trainable[1])})",
        f" Non-trainable params: {fixed[0]:,} ({readable_size(fixed[1])})",
    ]
    if state[0]:
        lines.append(f" Optimizer params: {state[0]:,} ({readable_size(state[1])})")
    return lines
