"""Examples and names of functions that take and return tensors."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from kerasish.backend import ops

_NO_EFFECT = """
    back_prop infer_shape parallel_iterations partition_strategy scope shift
    summarize swap_memory use_cudnn_on_gpu use_locking validate_indices
""".split()
_COMMON = {"name": "A name."} | dict.fromkeys(_NO_EFFECT, "Kept for the signature.")


def example(
    expression: str, printed: str, *before: str, run: bool = True, **arguments: str
) -> Callable:
    """Return a decorator that adds an example to a docstring.

    Args:
        expression: What is printed; the library is called `tf`.
        printed: Its value.
        *before: Lines that come first, in a graph and a session of their own.
        run: Whether a session runs the expression.
        **arguments: What the arguments mean, if the docstring does not say it.

    Example:

    >>> def power(x):
    ...     "Return `exp(x)`."
    >>> example("tf.exp(0.0)", "1.0")(power).__doc__.splitlines()[-2]
    '>>> print(tf.Session().run(tf.exp(0.0)))'
    """

    if before:
        shown = f"sess.run({expression})" if run else expression
        lines = [">>> with tf.Graph().as_default(), tf.Session() as sess:"]
        lines += [f"...     {line}" for line in (*before, f"print({shown})")]
    else:
        shown = f"tf.Session().run({expression})" if run else expression
        lines = [f">>> print({shown})"]

    def decorate(function: Any) -> Any:
        head = inspect.getdoc(function) or ""
        if arguments:
            head = _with_arguments(head, function, _COMMON | arguments)
        body = "\n".join([">>> import kerasish.graph as tf", *lines, printed])
        function.__doc__ = f"{head}\n\nExample:\n\n{body}\n"
        return function

    return decorate


def _with_arguments(head: str, function: Callable, meanings: dict[str, str]) -> str:
    """A docstring with a section of arguments, before those of results and errors."""
    names = inspect.signature(function).parameters
    lines = [f"    {name}: {meanings[name]}" for name in names]
    first, *rest = re.split(r"\n\n(?=Returns:|Raises:)", head)
    return "\n\n".join([first, "\n".join(["Args:", *lines]), *rest])


def handed_on(
    operation: Callable, name: str, function: str, arguments: str, shown: tuple
) -> Callable:
    """Name and document an operation after a function of `kerasish.ops`.

    Args:
        operation: The operation.
        name: Its name.
        function: The name of the function, whose docstring begins with what it does.
        arguments: The rest of the docstring.
        shown: The expression of an example and what is printed.
    """
    operation.__name__ = operation.__qualname__ = name
    first = (inspect.getdoc(getattr(ops, function)) or "").partition("\n")[0]
    operation.__doc__ = f"{first}\n\nSee `kerasish.ops.{function}`.\n\n{arguments}"
    return example(*shown)(operation)
