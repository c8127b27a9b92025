"""The nodes of control flow: scan, cond, while_loop, with their gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.devices import scanning
from kerasish.backend.dtypes import is_complex, is_float
from kerasish.backend.graph import (
    Body,
    Node,
    Op,
    Spec,
    Tensor,
    found_within,
    register,
    substitute,
    symbolic_scope,
)
from kerasish.backend.ops.body_tracing import check_same_kind, formal
from kerasish.errors import ShapeError


def _has_gradient(tensor: Tensor) -> bool:
    return is_float(tensor.dtype) or is_complex(tensor.dtype)


class _ControlOp(Op):
    """An op with bodies, whose results are always a tuple."""

    multiple = True

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Any:
        """Rebuild the bodies for the exact shapes of their inputs."""
        attrs = dict(node.attrs)
        wanted = self.body_specs(*(tensor.spec for tensor in inputs), **attrs)
        for name in self.bodies:
            attrs[name] = node.attrs[name].with_specs(wanted[name])
        if all(attrs[name] is node.attrs[name] for name in self.bodies):
            return None
        return self._respecified(inputs, attrs)

    def _respecified(self, inputs: tuple[Tensor, ...], attrs: dict) -> Any:
        return self(*inputs, **attrs)


def _single(results: Sequence[Any]) -> Any:
    """Kernels hand back one result as itself and several as a tuple."""
    return results[0] if len(results) == 1 else tuple(results)


def _write_all(targets: Sequence[Any], values: Sequence[Any]) -> None:
    for target, value in zip(targets, values):
        target[...] = value


class _Scan(_ControlOp):
    """A loop with carried values over the first axis of others.

    Inputs are the carries, the sequences (`slices` many) and what the body captures.
    Outputs are the last carries, the stacked results, and with `history` the stacked
    carries as each step found them, which the gradient needs.
    """

    name = "scan"
    bodies = ("body",)

    def infer(
        self,
        *specs: Spec,
        body: Body,
        carries: int,
        slices: int,
        length: int | None,
        reverse: bool,
        results: scanning.Results,
        history: bool = True,
    ) -> tuple[Spec, ...]:
        steps = length
        for spec in specs[carries : carries + slices]:
            size = spec.shape[0]
            if steps is not None and size is not None and steps != size:
                raise ShapeError(
                    "scan: the sequences must have one length.\n"
                    f"  got: {steps} and {size}"
                )
            steps = size if steps is None else steps
        outputs = [tensor.spec for tensor in body.outputs]
        for position in range(carries):
            what = f"carried value {position} before and after a step"
            check_same_kind("scan", what, specs[position], outputs[position])
        stacked = [*outputs[carries:], *(specs[:carries] if history else ())]
        return (
            *(Spec(spec.shape, spec.dtype) for spec in specs[:carries]),
            *(Spec((steps, *spec.shape), spec.dtype) for spec in stacked),
        )

    def body_specs(self, *specs: Spec, **attrs: Any) -> dict[str, tuple[Spec, ...]]:
        first = attrs["carries"]
        last = first + attrs["slices"]
        inner = (Spec(spec.shape[1:], spec.dtype) for spec in specs[first:last])
        return {"body": (*specs[:first], *inner, *specs[last:])}

    def body_constants(self, **attrs: Any) -> dict[int, int]:
        first = attrs["carries"] + attrs["slices"]
        return {k: k for k in range(first, len(attrs["body"].inputs))}

    def _respecified(self, inputs: tuple[Tensor, ...], attrs: dict) -> Any:
        stacked = attrs["body"].outputs[attrs["carries"] :]
        attrs["results"] = tuple((tensor.shape, tensor.dtype) for tensor in stacked)
        return self(*inputs, **attrs)

    kernel = staticmethod(scanning.scan)

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        with symbolic_scope():
            return _ScanGradient(node, grads).result()


class _ScanGradient:
    """Builds the scan in the other direction that differentiates a scan.

    Its body computes the step anew from the stored carries and applies the gradient
    rules; gradients of what the body captured are summed up as further carries.
    """

    def __init__(self, node: Node, grads: Sequence[Tensor | None]) -> None:
        self.node = node
        attrs = node.attrs
        self.body: Body = attrs["body"]
        self.carries, self.slices = attrs["carries"], attrs["slices"]
        stacked = len(self.body.outputs) - self.carries
        self.last_grads = grads[: self.carries]
        self.stacked_grads = grads[self.carries : self.carries + stacked]
        self.history_grads = grads[self.carries + stacked :]
        self.history = node.outputs[self.carries + stacked :]

    def result(self) -> tuple[Tensor | None, ...]:
        body, carries = self.body, self.carries
        active = [i for i in range(carries) if _has_gradient(body.inputs[i])]
        carry_formals = [formal(body.inputs[i].spec) for i in active]
        seen = [
            (body.outputs[carries + j], g)
            for j, g in enumerate(self.stacked_grads)
            if g is not None
        ]
        stacked_formals = [formal(y.spec) for y, _ in seen]
        noted = {i: g for i in active if (g := self.history_grads[i]) is not None}
        noted_formals = {i: formal(body.inputs[i].spec) for i in noted}
        sources = [k for k, t in enumerate(body.inputs) if _has_gradient(t)]
        found = dict(
            zip(
                sources,
                gradients(
                    [body.outputs[i] for i in active] + [y for y, _ in seen],
                    [body.inputs[k] for k in sources],
                    carry_formals + stacked_formals,
                ),
            )
        )
        outputs = []
        for i in active:
            gradient = found[i]
            if gradient is None:
                gradient = ops.zeros_like(body.inputs[i])
            if i in noted:
                gradient = gradient + noted_formals[i]
            outputs.append(gradient)
        edge = carries + self.slices
        sums = [k for k in sources if k >= edge and found[k] is not None]
        sum_formals = [formal(body.inputs[k].spec) for k in sums]
        outputs += [total + found[k] for k, total in zip(sums, sum_formals)]
        sliced = [k for k in sources if carries <= k < edge and found[k] is not None]
        outputs += [found[k] for k in sliced]
        inner = Body(
            [
                *carry_formals,
                *sum_formals,
                *stacked_formals,
                *noted_formals.values(),
                *body.inputs,
            ],
            outputs,
        )
        parts = self._run(inner, active, sums, [g for _, g in seen], noted)
        places = [*active, *sums, *sliced]
        by_input = dict(zip(places, parts))
        return tuple(by_input.get(k) for k in range(len(self.node.inputs)))

    def _run(
        self,
        inner: Body,
        active: list[int],
        sums: list[int],
        stacked_grads: list[Tensor],
        noted: dict[int, Tensor],
    ) -> list[Tensor]:
        inputs, attrs = self.node.inputs, self.node.attrs
        start = [
            ops.zeros_like(inputs[i])
            if self.last_grads[i] is None
            else self.last_grads[i]
            for i in active
        ]
        start += [ops.zeros_like(inputs[k]) for k in sums]
        edge = self.carries + self.slices
        sequences = [
            *stacked_grads,
            *noted.values(),
            *self.history,
            *inputs[self.carries : edge],
        ]
        outputs = scan_op(
            *start,
            *sequences,
            *inputs[edge:],
            body=inner,
            carries=len(start),
            slices=len(sequences),
            length=attrs["length"],
            reverse=not attrs["reverse"],
            results=tuple((t.shape, t.dtype) for t in inner.outputs[len(start) :]),
        )
        return list(outputs[: len(inner.outputs)])


class _Cond(_ControlOp):
    """One of two bodies, chosen by a scalar; both take the same captured inputs."""

    name = "cond"
    on_host = True
    bodies = ("true_body", "false_body")

    def infer(
        self, predicate: Spec, *specs: Spec, true_body: Body, false_body: Body
    ) -> tuple[Spec, ...]:
        if predicate.rank != 0:
            raise ShapeError(
                f"cond: the predicate must be a scalar.\n  got: {predicate}"
            )
        merged = []
        for left, right in zip(true_body.outputs, false_body.outputs):
            check_same_kind("cond", "a result of the branches", left.spec, right.spec)
            shape = tuple(
                a if a == b else None for a, b in zip(left.shape, right.shape)
            )
            merged.append(Spec(shape, left.dtype))
        return tuple(merged)

    def body_specs(
        self, predicate: Spec, *specs: Spec, **attrs: Any
    ) -> dict[str, tuple[Spec, ...]]:
        return {name: specs for name in self.bodies}

    def body_constants(self, **attrs: Any) -> dict[int, int]:
        return {k: k + 1 for k in range(len(attrs["true_body"].inputs))}

    def kernel(
        self,
        xp: Any,
        predicate: Any,
        *captured: Any,
        out: Any = None,
        true_body: Callable,
        false_body: Callable,
    ) -> Any:
        body = true_body if predicate.item() else false_body
        return _single(body(*captured))

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Any:
        """Take the branch at once where the predicate is a constant.

        Other constants become parts of the branches, where more may follow from them.
        """
        predicate, *rest = inputs
        if predicate.node.op.name == "constant":
            name = "true_body" if predicate.node.attrs["array"].item() else "false_body"
            return tuple(node.attrs[name].on(rest))
        kept = [t for t in rest if t.node.op.name != "constant"]
        if len(kept) == len(rest):
            return super().specialise(node, inputs)
        inner = [formal(tensor.spec) for tensor in kept]
        fresh = iter(inner)
        arguments = [t if t.node.op.name == "constant" else next(fresh) for t in rest]
        bodies = {n: Body(inner, node.attrs[n].on(arguments)) for n in self.bodies}
        return cond_op(predicate, *kept, **bodies)

    def branchless(self, node: Node) -> tuple[Tensor, ...] | None:
        """Compute both branches and select, unless one may not be run in vain."""
        if found_within(node, _needs_branches):
            return None
        predicate, *rest = node.inputs
        left, right = (node.attrs[name].on(rest) for name in self.bodies)
        return tuple(ops.where(predicate, a, b) for a, b in zip(left, right))

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        captured = node.inputs[1:]
        given = [i for i, g in enumerate(grads) if g is not None]
        with symbolic_scope():
            formals = [formal(node.specs[i]) for i in given]
            sources = [k for k, t in enumerate(captured) if _has_gradient(t)]
            found = []
            for name in self.bodies:
                body: Body = node.attrs[name]
                targets = [body.outputs[i] for i in given]
                wanted = [body.inputs[k] for k in sources]
                found.append((body, gradients(targets, wanted, formals)))
            used = [
                j
                for j, pair in enumerate(zip(found[0][1], found[1][1]))
                if any(gradient is not None for gradient in pair)
            ]
            inner = [
                Body(
                    [*formals, *body.inputs],
                    [_or_zeros(parts[j], body.inputs[sources[j]]) for j in used],
                )
                for body, parts in found
            ]
            outputs = cond_op(
                node.inputs[0],
                *[grads[i] for i in given],
                *captured,
                true_body=inner[0],
                false_body=inner[1],
            )
        by_input = {sources[j]: output for j, output in zip(used, outputs)}
        return (None, *(by_input.get(k) for k in range(len(captured))))


def _needs_branches(node: Node) -> bool:
    """Whether the host must see or decide it, or it may fail on other values."""
    return node.op.value_shape or (node.op.on_host and node.op is not cond_op)


def _or_zeros(gradient: Tensor | None, like: Tensor) -> Tensor:
    return ops.zeros_like(like) if gradient is None else gradient


class _WhileLoop(_ControlOp):
    """A loop of carried values that runs while a condition on them holds.

    Outputs are the last values, and the number of steps.
    """

    name = "while_loop"
    on_host = True
    bodies = ("condition", "body")

    def infer(
        self,
        *specs: Spec,
        condition: Body,
        body: Body,
        carries: int,
        limit: int | None,
    ) -> tuple[Spec, ...]:
        for position in range(carries):
            what = f"loop value {position} before and after a step"
            after = body.outputs[position].spec
            check_same_kind("while_loop", what, specs[position], after)
        last = [Spec(spec.shape, spec.dtype) for spec in specs[:carries]]
        return (*last, Spec((), "int32"))

    def body_specs(self, *specs: Spec, **attrs: Any) -> dict[str, tuple[Spec, ...]]:
        return {name: specs for name in self.bodies}

    def body_constants(self, **attrs: Any) -> dict[int, int]:
        return {k: k for k in range(attrs["carries"], len(attrs["body"].inputs))}

    def kernel(
        self,
        xp: Any,
        *arrays: Any,
        out: Any = None,
        condition: Callable,
        body: Callable,
        carries: int,
        limit: int | None,
    ) -> Any:
        carry, captured = list(arrays[:carries]), arrays[carries:]
        # The body's results are valid until its next call only and may be its inputs.
        slots = [[xp.empty_like(array) for array in carry] for _ in "ab"]
        steps = 0
        while (limit is None or steps < limit) and condition(*carry, *captured)[
            0
        ].item():
            found = body(*carry, *captured)
            carry = slots[steps % 2]
            _write_all(carry, found)
            steps += 1
        return (*carry, xp.asarray(steps, "int32"))

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        with symbolic_scope():
            formals = [formal(t.spec) for t in (*node.inputs, node.outputs[-1])]
            outputs = _as_scan(*formals, **node.attrs)
            given = [i for i, g in enumerate(grads) if g is not None]
            found = gradients(
                [outputs[i] for i in given], formals[:-1], [grads[i] for i in given]
            )
            pairs = list(zip(formals, (*node.inputs, node.outputs[-1])))
            kept = [tensor for tensor in found if tensor is not None]
            placed = iter(substitute(kept, pairs))
        return tuple(None if tensor is None else next(placed) for tensor in found)


def _as_scan(
    *inputs: Tensor, condition: Body, body: Body, carries: int, limit: int | None
) -> tuple[Tensor, ...]:
    """The same loop as a scan.

    With a bound it has so many steps, which stop having an effect: all shapes are known
    before it runs. Without one it has as many as the loop has made, the last input.
    """
    *inputs, steps = inputs
    inner = [formal(tensor.spec) for tensor in body.inputs]
    numbers = [] if limit is not None else [ops.arange(steps)]
    outputs = body.on(inner)
    if limit is not None:
        identity = Body(body.inputs, body.inputs[:carries])
        outputs = cond_op(
            condition.on(inner)[0], *inner, true_body=body, false_body=identity
        )
    formals = [*inner[:carries], *[formal(Spec((), "int32")) for _ in numbers]]
    return scan_op(
        *inputs[:carries],
        *numbers,
        *inputs[carries:],
        body=Body([*formals, *inner[carries:]], outputs),
        carries=carries,
        slices=len(numbers),
        length=limit,
        reverse=False,
        results=(),
    )[:carries]


def without_unused(node: Node, used: set[int]) -> dict[int, Tensor] | None:
    """Return a scan without the stacked outputs that nothing uses.

    Args:
        node: A scan.
        used: The positions of the outputs that something uses.

    Returns:
        The remaining outputs by their former positions, or `None` if all are used.
    """
    attrs, body = dict(node.attrs), node.attrs["body"]
    carries, stacked = attrs["carries"], len(attrs["results"])
    kept = [j for j in range(stacked) if carries + j in used]
    history = any(k in used for k in range(carries + stacked, len(node.specs)))
    if len(kept) == stacked and history == attrs.get("history", True):
        return None
    outputs = body.outputs[:carries] + tuple(body.outputs[carries + j] for j in kept)
    attrs["body"] = Body(body.inputs, outputs)
    attrs["results"] = tuple(attrs["results"][j] for j in kept)
    found = scan_op(*node.inputs, **{**attrs, "history": history})
    places = [*range(carries), *(carries + j for j in kept)]
    if history:
        places += range(carries + stacked, len(node.specs))
    return dict(zip(places, found, strict=True))


scan_op = register(_Scan())
cond_op = register(_Cond())
while_loop_op = register(_WhileLoop())
