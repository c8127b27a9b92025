"""Control flow in graphs: scan, cond, while_loop and what is built of them.

On values these functions run as plain Python, so that they can be recorded and
debugged; on symbolic tensors each becomes one node. Functions passed in may use any
tensors and Variables from around them and may assign Variables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasish import tree
from kerasish.backend import ops
from kerasish.backend.graph import (
    Body,
    Tensor,
    Trace,
    as_tensor,
    captured,
    noting_nodes,
    placeholder,
    substitute,
    symbolic_scope,
)
from kerasish.backend.ops.batching import NoRule, over_entries
from kerasish.backend.ops.body_tracing import (
    Structure,
    TracedBody,
    assign_states,
    check_same_kind,
    formal,
    read_states,
    runs_symbolically,
    structured,
    trace_body,
)
from kerasish.backend.ops.control_ops import cond_op, scan_op, while_loop_op
from kerasish.backend.ops.shape_arguments import static_value
from kerasish.errors import ShapeError


def _close(
    formals: Sequence[Tensor],
    outputs: Sequence[Sequence[Tensor]],
    own: set[int] | None = None,
) -> tuple[list[Body], list[Tensor]]:
    """Make bodies with common inputs: the formals, then all that they capture."""
    everything = [tensor for results in outputs for tensor in results]
    outer = captured(everything, formals, own)
    inner = [formal(tensor.spec) for tensor in outer]
    pairs = list(zip(outer, inner))
    bodies = [
        Body([*formals, *inner], substitute(results, pairs)) for results in outputs
    ]
    return bodies, outer


def _check_callable(name: str, **functions: Any) -> None:
    for argument, function in functions.items():
        if not callable(function):
            raise TypeError(
                f"{name}: `{argument}` must be callable.\n"
                f"Received: {argument}={function!r}"
            )


def _same_form(name: str, what: str, expected: Any, got: Any) -> None:
    try:
        tree.assert_same_structure(expected, got)
    except ValueError as error:
        raise ValueError(f"{name}: {what}.\n{error}") from None


def _scan_length(xs: Structure, length: int | None) -> int | None:
    sizes = []
    for tensor in xs.tensors:
        if tensor.ndim == 0:
            raise ShapeError("scan: `xs` needs a first axis to scan over.")
        sizes.append(tensor.shape[0])
    if length is not None:
        sizes.append(int(length))
    known = {size for size in sizes if size is not None}
    if len(known) > 1 or not sizes:
        raise ValueError(
            "scan: all of `xs` must have one length along the first axis, equal to "
            f"`length`; without `xs`, `length` is needed.\n  got: lengths {sizes}"
        )
    return known.pop() if known else None


def scan(
    f: Callable,
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
) -> tuple[Any, Any]:
    """Loop over the first axis of some tensors, carrying state from step to step.

    Args:
        f: A function `f(carry, x) -> (carry, y)` of nested structures.
        init: The first carry.
        xs: A structure of tensors over whose first axis the loop runs.
        length: The number of steps; needed where there are no `xs`.
        reverse: Whether to begin at the end; results stay at the place of their `x`.
        unroll: Kept for the signature; the engine never unrolls.

    Returns:
        `(carry, ys)`: the last carry, and the stacked results of all steps.

    Raises:
        TypeError: If `f` is not callable.
        ValueError: If lengths differ or the carry changes its structure.
        ShapeError: If the carry changes its shape.

    Example:

    >>> total, sums = scan(lambda c, x: (c + x, c + x), 0.0, np.float32([1, 2]))
    >>> float(total), sums.numpy().tolist()
    (3.0, [1.0, 3.0])
    """
    _check_callable("scan", f=f)
    if not isinstance(unroll, (bool, int)) or unroll < 1 and unroll is not False:
        raise ValueError(
            "scan: `unroll` must be a bool or a positive number of steps.\n"
            f"Received: unroll={unroll!r}"
        )
    carry, sequences = structured(init), structured(xs)
    steps = _scan_length(sequences, length)
    if runs_symbolically(carry.tensors, sequences.tensors):
        return _scan_node(f, carry, sequences, steps, reverse)
    if not steps:
        return _scan_nothing(f, carry, sequences)
    return _scan_loop(f, carry, sequences, steps, reverse)


def _check_carry(before: Structure, after: Structure) -> None:
    what = "the carry changed its structure"
    _same_form("scan", what, before.template, after.template)
    for old, new in zip(before.tensors, after.tensors):
        check_same_kind("scan", "the carry", old.spec, new.spec)


def _scan_nothing(f: Callable, carry: Structure, xs: Structure) -> tuple[Any, Any]:
    """No steps at once: only tracing tells what the results would look like."""
    with Trace():
        _, ys = _scan_node(f, carry, xs, 0, False)
    stacked = structured(ys)
    empty = [
        ops.zeros([size or 0 for size in tensor.shape], tensor.dtype)
        for tensor in stacked.tensors
    ]
    return carry.rebuilt(carry.tensors), stacked.rebuilt(empty)


def _scan_loop(
    f: Callable, carry: Structure, xs: Structure, steps: int, reverse: bool
) -> tuple[Any, Any]:
    state = carry.rebuilt(carry.tensors)
    results: list[Structure] = []
    for step in range(steps - 1, -1, -1) if reverse else range(steps):
        state, y = f(state, xs.rebuilt([x[step] for x in xs.tensors]))
        _check_carry(carry, structured(state))
        results.append(structured(y))
    if reverse:
        results.reverse()
    columns = zip(*(result.tensors for result in results))
    stacked = [ops.stack(list(column)) for column in columns]
    last = structured(state)
    return last.rebuilt(last.tensors), results[0].rebuilt(stacked)


def _scan_node(
    f: Callable, carry: Structure, xs: Structure, steps: int | None, reverse: bool
) -> tuple[Any, Any]:
    with symbolic_scope():
        carry = structured(carry.template)
        xs = structured(xs.template)
    carry_formals = [formal(tensor.spec) for tensor in carry.tensors]
    slice_formals = [
        placeholder(tensor.shape[1:], tensor.dtype) for tensor in xs.tensors
    ]
    stacked_form: list[Structure] = []

    def step() -> list[Tensor]:
        after, y = f(carry.rebuilt(carry_formals), xs.rebuilt(slice_formals))
        _check_carry(carry, structured(after))
        stacked_form[:] = [structured(y)]
        return [*structured(after).tensors, *stacked_form[0].tensors]

    traced = trace_body(step)
    count = len(carry_formals)
    after, stacked = traced.result.tensors[:count], traced.result.tensors[count:]
    formals = [*carry_formals, *traced.entries, *slice_formals]
    outputs = [*after, *traced.updated, *stacked]
    (body,), outer = _close(formals, [outputs])
    carries = count + len(traced.entries)
    found = scan_op(
        *carry.tensors,
        *read_states(traced.variables),
        *xs.tensors,
        *outer,
        body=body,
        carries=carries,
        slices=len(slice_formals),
        length=steps,
        reverse=bool(reverse),
        results=tuple((t.shape, t.dtype) for t in body.outputs[carries:]),
    )
    assign_states(traced.variables, found[count:carries])
    ys = stacked_form[0].rebuilt(found[carries : len(outputs)])
    return carry.rebuilt(found[:count]), ys


def _truth(pred: Any) -> bool | None:
    """The value of a predicate that is known by now."""
    if isinstance(pred, (bool, int, float, np.bool_, np.number)):
        return bool(pred)
    if isinstance(pred, Tensor) and not pred.is_symbolic:
        return bool(pred)
    return None


def cond(pred: Any, true_fn: Callable, false_fn: Callable) -> Any:
    """Run one of two functions, chosen by a scalar.

    What is made inside of the function that is not chosen is not computed, and has no
    part in gradients.

    Args:
        pred: A scalar bool.
        true_fn: A function without arguments, for a true predicate.
        false_fn: A function without arguments with results of the same structure,
            shapes and types.

    Returns:
        What the chosen function returns.

    Raises:
        TypeError: If a branch is not callable.
        ValueError: If the results have different structures.
        ShapeError: If the results have different shapes.

    Example:

    >>> float(cond(True, lambda: 1.0, lambda: 2.0))
    1.0
    """
    _check_callable("cond", true_fn=true_fn, false_fn=false_fn)
    known = _truth(pred)
    if known is None and not runs_symbolically(pred):
        known = bool(as_tensor(pred))
    if known is not None:
        return (true_fn if known else false_fn)()
    with symbolic_scope():
        predicate = ops.cast(as_tensor(pred), "bool")
    with noting_nodes() as own:
        branches = [trace_body(true_fn), trace_body(false_fn)]
    templates = [branch.result.template for branch in branches]
    _same_form("cond", "the branches return different structures", *templates)
    variables = list(dict.fromkeys(v for branch in branches for v in branch.variables))
    current = read_states(variables)
    with noting_nodes() as renewed:
        outputs = [_branch_outputs(b, variables, current) for b in branches]
    bodies, outer = _close([], outputs, own | renewed)
    found = cond_op(predicate, *outer, true_body=bodies[0], false_body=bodies[1])
    count = len(branches[0].result.tensors)
    assign_states(variables, found[count:])
    return branches[0].result.rebuilt(found[:count])


def _branch_outputs(
    branch: TracedBody, variables: Sequence, current: Sequence[Tensor]
) -> list[Tensor]:
    """Results of a branch, then a value for each Variable that either one assigns."""
    before = dict(zip(variables, current))
    values = dict(before)
    values.update(zip(branch.variables, branch.updated))
    entries = [(e, before[v]) for v, e in zip(branch.variables, branch.entries)]
    flat = [*branch.result.tensors, *(values[variable] for variable in variables)]
    return substitute(flat, entries)


def while_loop(
    cond: Callable,
    body: Callable,
    loop_vars: Any,
    maximum_iterations: int | None = None,
) -> Any:
    """Repeat a function while a condition on its values holds.

    Args:
        cond: A function of the loop values that returns a scalar bool.
        body: A function of the loop values that returns the next ones.
        loop_vars: A tuple or list of structures, or a single one.
        maximum_iterations: An upper bound of the number of steps. The gradient is
            faster with one that is near: without it, all that depends on the number
            of steps runs node by node.

    Returns:
        The last loop values.

    Raises:
        TypeError: If `cond` or `body` is not callable.
        ValueError: If the loop values change their structure.
        ShapeError: If they change their shapes.

    Example:

    >>> int(while_loop(lambda i: i < 10, lambda i: i + 3, 0))
    12
    """
    _check_callable("while_loop", cond=cond, body=body)
    several = isinstance(loop_vars, (tuple, list))
    start = structured(tuple(loop_vars) if several else (loop_vars,))
    if runs_symbolically(start.tensors):
        values = _while_node(cond, body, start, maximum_iterations)
    else:
        values = _while_python(cond, body, start, maximum_iterations)
    if not several:
        return values[0]
    return list(values) if isinstance(loop_vars, list) else values


def _loop_values(start: Structure, values: Any) -> tuple:
    values = tuple(values) if isinstance(values, (tuple, list)) else (values,)
    what = "the loop values changed their structure"
    _same_form("while_loop", what, start.template, values)
    return values


def _while_python(
    condition: Callable, body: Callable, start: Structure, limit: int | None
) -> tuple:
    values = start.rebuilt(start.tensors)
    steps = 0
    while (limit is None or steps < limit) and bool(condition(*values)):
        values = _loop_values(start, body(*values))
        steps += 1
    last = structured(values)
    return last.rebuilt(last.tensors)


def _while_node(
    condition: Callable, body: Callable, start: Structure, limit: int | None
) -> tuple:
    with symbolic_scope():
        start = structured(start.template)
    formals = [formal(tensor.spec) for tensor in start.tensors]
    traced = trace_body(lambda: _loop_values(start, body(*start.rebuilt(formals))))
    test = trace_body(lambda: condition(*start.rebuilt(formals)))
    entries = dict(zip(traced.variables, traced.entries))
    current = dict(zip(test.variables, read_states(test.variables)))
    changed = [
        (own, entries.get(v, current[v]))
        for v, own in zip(test.variables, test.entries)
    ]
    with symbolic_scope():
        predicate = ops.cast(ops.reshape(test.result.tensors[0], ()), "bool")
    predicate = substitute([predicate], changed)
    results = [*traced.result.tensors, *traced.updated]
    bodies, outer = _close([*formals, *traced.entries], [predicate, results])
    found = while_loop_op(
        *start.tensors,
        *read_states(traced.variables),
        *outer,
        condition=bodies[0],
        body=bodies[1],
        carries=len(results),
        limit=None if limit is None else int(limit),
    )
    assign_states(traced.variables, found[len(formals) : len(results)])
    return start.rebuilt(found[: len(formals)])


def fori_loop(lower: Any, upper: Any, body_fun: Callable, init_val: Any) -> Any:
    """Repeat a function for each integer of a range.

    Args:
        lower: The first integer.
        upper: The end of the range, not included.
        body_fun: A function `body_fun(i, value) -> value`.
        init_val: The first value, a nested structure.

    Returns:
        The last value.

    Example:

    >>> float(fori_loop(0, 4, lambda i, x: x + ops.cast(i, "float32"), 0.0))
    6.0
    """
    _check_callable("fori_loop", body_fun=body_fun)
    first, last = static_value(lower), static_value(upper)
    if isinstance(first, int) and isinstance(last, int):
        if last <= first:
            start = structured(init_val)
            return start.rebuilt(start.tensors)
        numbers = np.arange(first, last, dtype="int32")
        return scan(lambda value, i: (body_fun(i, value), None), init_val, numbers)[0]
    with_number = while_loop(
        lambda i, value: i < upper,
        lambda i, value: (i + 1, body_fun(i, value)),
        (ops.cast(as_tensor(lower), "int32"), init_val),
    )
    return with_number[1]


def map(f: Callable, xs: Any) -> Any:
    """Apply a function to each entry along the first axis and stack the results.

    Args:
        f: A function of a structure like `xs`, without the first axis.
        xs: A nested structure of tensors.

    Returns:
        The stacked results.

    Raises:
        TypeError: If `f` is not callable.

    Example:

    >>> map(lambda x: x * x, np.array([1.0, 2.0, 3.0])).numpy()
    array([1., 4., 9.])
    """
    _check_callable("map", f=f)
    return scan(lambda carry, x: ((), f(x)), (), xs)[1]


def vectorized_map(function: Callable, elements: Any) -> Any:
    """Apply a function to all entries along the first axis of some tensors.

    Its ops run on all entries at once where each has a rule for that (most have), and
    entry by entry, as in `map`, elsewhere: with random numbers, loops and assignments
    inside, and while ops that run at once are recorded.

    Args:
        function: A function of a structure like `elements`, without the first axis.
        elements: A nested structure of tensors.

    Returns:
        The stacked results.

    Raises:
        TypeError: If `function` is not callable.

    Example:

    >>> vectorized_map(lambda x: x + 1.0, np.array([1.0, 2.0])).numpy()
    array([2., 3.])
    """
    _check_callable("vectorized_map", function=function)
    try:
        return over_entries(function, elements)
    except NoRule:
        return map(function, elements)


def switch(index: Any, branches: Sequence[Callable], *operands: Any) -> Any:
    """Run one of several functions, chosen by an integer.

    Args:
        index: A scalar integer; it is clamped to the existing branches.
        branches: Functions of the operands with results of the same kind.
        *operands: What the chosen function is called with.

    Returns:
        What the chosen function returns.

    Raises:
        ValueError: If there are no branches.

    Example:

    >>> float(switch(1, [lambda x: x, lambda x: -x], 3.0))
    -3.0
    """
    branches = list(branches)
    if not branches:
        raise ValueError("switch: a branch is needed.\nReceived: branches=[]")
    _check_callable("switch", **{f"branches[{i}]": b for i, b in enumerate(branches)})
    number = static_value(index)
    if isinstance(number, int):
        return branches[min(max(number, 0), len(branches) - 1)](*operands)

    def choose(first: int) -> Any:
        if first == len(branches) - 1:
            return branches[first](*operands)
        return cond(
            as_tensor(index) <= first,
            lambda: branches[first](*operands),
            lambda: choose(first + 1),
        )

    return choose(0)
