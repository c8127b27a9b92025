"""Operations: one instance an op, found by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kerasish.errors import GradientError

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node, Tensor
    from kerasish.backend.graph.spec import Spec

OPS: dict[str, Op] = {}
_HOMES = {
    "cast": "kerasish.backend.ops.casting",
    "conj": "kerasish.backend.ops.complex_numbers",
    "add": "kerasish.backend.ops.arithmetic",
    "stop_gradient": "kerasish.backend.ops.differentiation",
    "unbroadcast": "kerasish.backend.ops.axes",
    "broadcast_like": "kerasish.backend.ops.axes",
}


class Op:
    """A kind of node: how its result looks, is computed, and is differentiated.

    Attributes:
        name: The unique name.
        elementwise: Each result element depends on the input elements at its place.
        commutative: The two inputs may be swapped.
        views: The kernel returns a view of its first input where it can.
        inplace: The kernel may be given an input's memory as `out`.
        impure: Equal nodes are not merged, and the node is never folded.
        linear: The op is linear in all its differentiable inputs.
        holomorphic: The gradient rule knows of no complex numbers: it multiplies with
            derivatives, which for them have to be conjugated around it. False where
            the rule does so itself, or differentiates other ops.
        differentiable: False where no derivative exists anywhere.
        shape_only: Positions of inputs of which only the shape matters.
        value_shape: The shape of the result depends on input values.
        collective: The op talks to other devices.
        on_host: The kernel reads values on the host, or has effects there: it cannot be
            a part of what a device captures and replays.
        bodies: Names of attributes that hold a `Body`.
        multiple: Applying the op gives a tuple even where it has one output.
        pooled: Whether kernels may use a pool of threads.
    """

    name = ""
    elementwise = False
    commutative = False
    views = False
    inplace = False
    impure = False
    linear = False
    holomorphic = True
    differentiable = True
    shape_only: tuple[int, ...] = ()
    value_shape = False
    collective = False
    on_host = False
    bodies: tuple[str, ...] = ()
    multiple = False
    pooled = True
    kernel: Callable | None = None
    # The method is `graph.node.apply`: nodes know of ops, not ops of nodes.
    _apply: Callable[[tuple, dict], Any]

    def infer(self, *specs: Spec, **attrs: Any) -> Spec | tuple[Spec, ...]:
        """Return the spec of the result, or a tuple of specs for several results.

        Raises:
            ShapeError: If the shapes do not fit.
            DTypeError: If the data types do not fit.
        """
        raise NotImplementedError

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        """Return the gradient of each input as graph code.

        Args:
            node: The node; `node.inputs` and `node.outputs` are its tensors.
            *grads: The gradient of each output, `None` for one that is not used.
        """
        raise GradientError(f"The op {self.name!r} has no gradient.")

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Any:
        """Return a simpler replacement now that all shapes are exact, or `None`."""
        return None

    def branchless(self, node: Node) -> tuple[Tensor, ...] | None:
        """Return a replacement that computes all and selects, or `None`."""
        return None

    def body_specs(self, *specs: Spec, **attrs: Any) -> dict[str, tuple[Spec, ...]]:
        """Return, for each attribute in `bodies`, the specs of the body's inputs."""
        return {}

    def body_constants(self, **attrs: Any) -> dict[int, int]:
        """Return which body inputs stay the same while the op runs.

        Returns:
            For each such position in the body's inputs the one in the op's inputs.
        """
        return {}

    def may_reuse(self, index: int, attrs: dict) -> bool:
        """Tell whether an output may be given the memory of an input that ends here."""
        return self.inplace and index == 0

    def multiplications(self, node: Node) -> int:
        """Return how many products an op with exact shapes adds up, for profiles.

        It is 0 for ops that wait for memory more than they compute.
        """
        return 0

    def bind(
        self, kernel: Callable, xp: Any, arrays: tuple, out: Any, attrs: dict
    ) -> Callable[[], Any] | None:
        """Return a call without arguments that fills `out`, or `None` for the usual."""
        return None

    def __call__(self, *inputs: Tensor, **attrs: Any) -> Any:
        """Apply the op: build a node in a symbolic setting, else run it at once."""
        return self._apply(inputs, attrs)

    def __repr__(self) -> str:
        return f"<Op {self.name}>"

    def __reduce__(self) -> tuple:
        return get_op, (self.name,)


def register(op: Op) -> Op:
    """Put an op into the table.

    Args:
        op: An instance, or a class that is instantiated without arguments.

    Raises:
        ValueError: If the name is missing or taken.
    """
    instance = op() if isinstance(op, type) else op
    if not instance.name or instance.name in OPS:
        raise ValueError(f"An op needs a new name.\nReceived: name={instance.name!r}")
    OPS[instance.name] = instance
    return instance


def get_op(name: str) -> Op:
    """Return a registered op; the few that the graph itself needs load on demand.

    Raises:
        KeyError: If there is none of that name.
    """
    if name not in OPS and name in _HOMES:
        importlib.import_module(_HOMES[name])
    return OPS[name]
