"""The symbolic graph: specs, nodes, tensors, ops, Variables, scopes."""

from kerasish.lazy import attach

_HOMES = {
    "spec": ("Size", "Spec", "broadcast_shapes"),
    "tensor": ("Tensor",),
    "node": ("Node", "apply", "make_node"),
    "op": ("OPS", "Op", "get_op", "register"),
    "expressions": ("elementwise", "primitive"),
    "composites": ("Composite", "composite"),
    "leaves": ("is_static", "learning_phase", "placeholder"),
    "variable": ("Variable",),
    "conversion": ("as_numpy", "as_tensor", "constant", "is_tensor"),
    "body": ("Body", "captured", "found_within"),
    "walk": ("place", "rebuild", "substitute", "topological"),
    "scope": (
        "Trace",
        "autocast_scope",
        "current_phase",
        "current_trace",
        "eager_scope",
        "in_building_scope",
        "in_symbolic_scope",
        "is_open",
        "noting_nodes",
        "origin_scope",
        "phase_scope",
        "recording",
        "set_default_phase",
        "stop_recording",
        "symbolic_scope",
    ),
}
__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        name: f"kerasish.backend.graph.{module}"
        for module, names in _HOMES.items()
        for name in names
    },
)
