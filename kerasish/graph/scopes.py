"""Variable scopes: variables by name, made once and used again."""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from kerasish.graph.applying import outside_bodies
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.current_graph import get_collection
from kerasish.graph.documentation import example
from kerasish.graph.dtypes import as_dtype
from kerasish.graph.graphs import GraphKeys
from kerasish.graph.initializers import GlorotUniform, Zeros
from kerasish.graph.shapes import TensorShape
from kerasish.graph.state import get_default_graph
from kerasish.graph.variables import Variable

AUTO_REUSE = "auto_reuse"


class VariableScope:
    """A prefix of names of variables, and defaults for them.

    Args:
        name: The prefix, without a `/` at its end.
        reuse: Whether variables must exist (`True`), must not exist (`False`), or may
            (`AUTO_REUSE`).
        initializer: The initializer of variables without one.
        regularizer: Their regularizer.
        original_name_scope: The name scope that was opened with it.
        dtype: Their data type.
        custom_getter: See `variable_scope`.
        constraint: Their constraint.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.variable_scope("layer"):
    ...     w = tf.get_variable("w", [2, 3])
    >>> w.name
    'layer/w:0'
    """

    def __init__(
        self,
        name: str,
        reuse: Any = False,
        initializer: Any = None,
        regularizer: Any = None,
        original_name_scope: str = "",
        dtype: Any = None,
        custom_getter: Callable | None = None,
        constraint: Any = None,
    ) -> None:
        self.name = name
        self.reuse = reuse
        self.initializer = initializer
        self.regularizer = regularizer
        self.original_name_scope = original_name_scope
        self.dtype = as_dtype(dtype or "float32")
        self.custom_getter = custom_getter
        self.constraint = constraint

    def reuse_variables(self) -> None:
        """Let variables be used again from now on."""
        self.reuse = True

    def set_initializer(self, initializer: Any) -> None:
        """Change the initializer of variables without one.

        Args:
            initializer: An initializer.
        """
        self.initializer = initializer

    def set_regularizer(self, regularizer: Any) -> None:
        """Change the regularizer of variables without one.

        Args:
            regularizer: A function of a tensor.
        """
        self.regularizer = regularizer

    def trainable_variables(self) -> list[Variable]:
        """Return the trainable variables of the scope."""
        return get_collection(GraphKeys.TRAINABLE_VARIABLES, f"{self.name}/")

    def global_variables(self) -> list[Variable]:
        """Return the global variables of the scope."""
        return get_collection(GraphKeys.GLOBAL_VARIABLES, f"{self.name}/")


@example(
    "name", "layer", 'with tf.variable_scope("layer"):',
    "    name = tf.get_variable_scope().name", run=False,
)  # fmt: skip
def get_variable_scope() -> VariableScope:
    """Return the current variable scope, the one without a name outside of all."""
    scopes = get_default_graph().variable_scopes
    if not scopes:
        scopes.append(VariableScope(""))
    return scopes[-1]


@example(
    "w.name", "layer/w:0", 'with tf.variable_scope("layer"):',
    '    w = tf.get_variable("w", [2])', run=False,
)  # fmt: skip
@contextlib.contextmanager
def variable_scope(
    name_or_scope: Any = None,
    default_name: str | None = None,
    values: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    reuse: Any = None,
    dtype: Any = None,
    use_resource: Any = None,
    constraint: Any = None,
    auxiliary_name_scope: bool = True,
) -> Iterator[VariableScope]:
    """Put a name before those of the variables made in a `with` block.

    Args:
        name_or_scope: The name, or a scope that is opened again.
        default_name: The name where that is `None`, made unique.
        values: Kept for the signature.
        initializer: The initializer of variables without one.
        regularizer: Their regularizer, a function of a tensor.
        caching_device: Kept for the signature.
        partitioner: Kept for the signature.
        custom_getter: What returns variables instead, a function `f(getter, name,
            **options)`, where `getter(name, **options)` returns them as without it.
        reuse: Whether variables must exist (`True`), or may (`AUTO_REUSE`); as around
            for `None`.
        dtype: Their data type.
        use_resource: Kept for the signature.
        constraint: A function of new values that optimizers apply to the variables.
        auxiliary_name_scope: Whether a name scope is opened, too.

    Raises:
        TypeError: If there is no name.
    """
    graph, outer = get_default_graph(), get_variable_scope()
    if name_or_scope is None and default_name is None:
        raise TypeError("If default_name is None then name_or_scope is required")
    base: Any = outer
    if isinstance(name_or_scope, VariableScope):
        base, full = name_or_scope, name_or_scope.name
        short = full.rpartition("/")[2]
    else:
        short = default_name if name_or_scope is None else name_or_scope
        full = f"{outer.name}/{short}" if outer.name else short
        if name_or_scope is None and not reuse:
            full = _unique(graph, full)
    with contextlib.ExitStack() as stack:
        name_scope = ""
        if auxiliary_name_scope and short:
            name_scope = stack.enter_context(graph.name_scope(short))
        scope = VariableScope(
            full,
            outer.reuse or base.reuse if reuse is None else reuse or outer.reuse,
            base.initializer if initializer is None else initializer,
            base.regularizer if regularizer is None else regularizer,
            name_scope,
            dtype or base.dtype,
            _chained(custom_getter, base.custom_getter),
            base.constraint if constraint is None else constraint,
        )
        graph.variable_scopes.append(scope)
        before = set(graph.variable_scope_names)
        graph.variable_scope_names.add(full)
        try:
            yield scope
        finally:
            graph.variable_scopes.remove(scope)
            # Names made unique within begin anew when the scope is opened again.
            known = before if base is name_or_scope else graph.variable_scope_names
            graph.variable_scope_names = {
                name for name in known if not name.startswith(f"{full}/")
            }


def _chained(inner: Callable | None, outer: Callable | None) -> Callable | None:
    if inner is None or outer is None:
        return inner or outer
    return lambda getter, *args, **kwargs: inner(
        functools.partial(outer, getter), *args, **kwargs
    )


def _unique(graph: Any, name: str) -> str:
    """A name of a variable scope that was not opened yet, or is to begin anew."""
    known = graph.variable_scope_names
    endings = ("" if not k else f"_{k}" for k in itertools.count())
    return next(name + ending for ending in endings if name + ending not in known)


def get_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool | None = None,
    collections: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: Any = None,
    custom_getter: Any = None,
    constraint: Any = None,
) -> Variable:
    """Return a variable of the current scope: a new one, or the one that exists.

    Args:
        name: Its name in the scope.
        shape: Its shape.
        dtype: Its data type.
        initializer: An initializer, a tensor or an array; that of the scope, or
            `GlorotUniform`, for `None`.
        regularizer: A function of a tensor, whose result joins the regularization
            losses.
        trainable: Whether optimizers change it.
        collections: Names of collections.
        caching_device: Kept for the signature.
        partitioner: Kept for the signature.
        validate_shape: Must be true.
        use_resource: Kept for the signature.
        custom_getter: See `variable_scope`.
        constraint: A function of the new value that optimizers apply.

    Raises:
        ValueError: If it exists and is not to be used again, if it does not exist and
            is, or if its shape is another one.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default():
    ...     w = tf.get_variable("w", [2])
    ...     with tf.variable_scope("", reuse=True):
    ...         print(tf.get_variable("w", [2]) is w)
    True
    """
    scope = get_variable_scope()
    getter = _chained(custom_getter, scope.custom_getter)
    make = functools.partial(_get, scope)
    return (functools.partial(getter, make) if getter else make)(
        f"{scope.name}/{name}" if scope.name else name,
        shape=shape, dtype=dtype, initializer=initializer, regularizer=regularizer,
        trainable=trainable, collections=collections, constraint=constraint,
    )  # fmt: skip


def _get(
    scope: VariableScope, full: str, shape: Any = None, dtype: Any = None,
    initializer: Any = None, regularizer: Any = None, trainable: bool | None = None,
    collections: Any = None, constraint: Any = None,
) -> Variable:  # fmt: skip
    graph = get_default_graph()
    found = graph.variables.get(full)
    if found is not None:
        return _again(found, scope, full, shape, dtype)
    if scope.reuse is True:
        raise ValueError(
            f"Variable {full} does not exist, or was not created with "
            "tf.get_variable(). Did you mean to set reuse=tf.AUTO_REUSE in VarScope?"
        )
    kind = as_dtype(dtype or scope.dtype)
    initializer = initializer if initializer is not None else scope.initializer
    if initializer is None:
        initializer = GlorotUniform() if kind.is_floating else Zeros()
    if isinstance(initializer, type):
        initializer = initializer()
    if callable(initializer):
        sizes = TensorShape(shape)
        if not sizes.is_fully_defined():
            raise ValueError(
                f"Shape of a new variable ({full}) must be fully defined, but instead "
                f"was {sizes}."
            )
        first: Any = functools.partial(_first, initializer, sizes.as_list(), kind)
    elif shape is not None:
        raise ValueError(
            f"If initializer is a constant, do not specify shape.\nReceived: {full} of "
            f"shape {TensorShape(shape)}"
        )
    else:
        first = convert_to_tensor(initializer, dtype)
    trainable = True if trainable is None else trainable
    with outside_bodies(), graph.name_scope(None):
        constraint = scope.constraint if constraint is None else constraint
        variable = Variable(first, trainable, collections, name=full,
                            constraint=constraint)  # fmt: skip
        regularizer = regularizer or scope.regularizer
        if regularizer is not None:
            with graph.name_scope(f"{full}/Regularizer/"):
                loss = regularizer(variable)
            if loss is not None:
                graph.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)
    graph.variables[full] = variable
    return variable


def _first(initializer: Callable, shape: list[int], dtype: Any) -> Any:
    try:
        return initializer(shape, dtype=dtype)
    except TypeError:
        # A function without arguments is one as well.
        return initializer()


def _again(
    found: Variable, scope: VariableScope, full: str, shape: Any, dtype: Any
) -> Variable:
    if not scope.reuse:
        raise ValueError(
            f"Variable {full} already exists, disallowed. Did you mean to set "
            "reuse=True or reuse=tf.AUTO_REUSE in VarScope?"
        )
    if not found.shape.is_compatible_with(shape):
        raise ValueError(
            f"Trying to share variable {full}, but specified shape "
            f"{TensorShape(shape)} and found shape {found.shape}."
        )
    if dtype is not None and as_dtype(dtype) != found.dtype:
        raise ValueError(
            f"Trying to share variable {full}, but specified dtype {as_dtype(dtype)} "
            f"and found dtype {found.dtype}."
        )
    return found


@example(
    "tf.local_variables()[0].name", "w:0", 'w = tf.get_local_variable("w", [2])',
    run=False,
)  # fmt: skip
def get_local_variable(name: str, *args: Any, **kwargs: Any) -> Variable:
    """Return a local variable, which savers leave out and optimizers do not change.

    Args:
        name: Its name.
        *args: Further arguments of `get_variable`.
        **kwargs: Those by name.
    """
    kwargs["collections"] = [GraphKeys.LOCAL_VARIABLES]
    kwargs["trainable"] = False
    return get_variable(name, *args, **kwargs)


@example(
    "len(tf.global_variables())", "2",
    'layer = tf.make_template("layer", tf.layers.dense, units=3, name="dense")',
    "y = layer(tf.ones([1, 2])) + layer(tf.zeros([1, 2]))", run=False,
)  # fmt: skip
def make_template(name_: str, func_: Callable, **kwargs: Any) -> Callable:
    """Return a function whose variables are made in its first call and used in all.

    Args:
        name_: The name of its variable scope.
        func_: The function.
        **kwargs: Arguments that it is always given.
    """
    scopes: list[str] = []

    def call(*args: Any, **more: Any) -> Any:
        if scopes:
            with variable_scope(scopes[0], reuse=True):
                return func_(*args, **kwargs, **more)
        with variable_scope(None, default_name=name_) as scope:
            scopes.append(scope.name)
            return func_(*args, **kwargs, **more)

    return call


@example("tf.no_regularizer(1.0)", "None", run=False)
def no_regularizer(weights: Any) -> None:
    """Return nothing: a regularizer that stands against one of the scope.

    Args:
        weights: A variable.
    """
