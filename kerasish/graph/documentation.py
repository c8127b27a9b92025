"""Examples and names of functions that take and return tensors."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from kerasish.backend import ops


def example(expression: str, printed: str, *before: str, run: bool = True) -> Callable:
    """Return a decorator that adds an example to a docstring.

    Args:
        expression: What is printed; the library is called `tf`.
        printed: Its value.
        *before: Lines that come first, in a graph and a session of their own.
        run: Whether a session runs the expression.

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
        head = inspect.getdoc(function)
        body = "\n".join([">>> import kerasish.graph as tf", *lines, printed])
        function.__doc__ = f"{head}\n\nExample:\n\n{body}\n"
        return function

    return decorate


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
