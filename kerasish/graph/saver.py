"""Saving and restoring variables, in files that end in `.h5`."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

from kerasish.errors import FileFormatError
from kerasish.graph.current_graph import get_collection
from kerasish.graph.documentation import example
from kerasish.graph.errors import FailedPreconditionError, NotFoundError
from kerasish.graph.graphs import GraphKeys
from kerasish.saving.h5_file import opened, write_array, written

_ENDING = ".h5"


class CheckpointState:
    """What the file `checkpoint` of a folder says.

    Args:
        model_checkpoint_path: The newest checkpoint.
        all_model_checkpoint_paths: All of them, the oldest first.

    Example:

    >>> CheckpointState("model-1", ["model-1"]).model_checkpoint_path
    'model-1'
    """

    def __init__(
        self, model_checkpoint_path: str, all_model_checkpoint_paths: Sequence[str]
    ) -> None:
        self.model_checkpoint_path = model_checkpoint_path
        self.all_model_checkpoint_paths = list(all_model_checkpoint_paths)


def _plain(path: Any) -> str:
    path = os.fspath(path)
    return path.removesuffix(_ENDING)


class Saver:
    """Saves variables, and keeps the newest files.

    Each variable is a data set of its name and `:0` in an HDF5 file.

    Args:
        var_list: Variables, or a dictionary of the names under which they are stored;
            the global variables of the moment for `None`.
        reshape: Kept for the signature.
        sharded: Kept for the signature.
        max_to_keep: How many files stay; all of them for 0 or `None`.
        keep_checkpoint_every_n_hours: Kept for the signature.
        name: Kept for the signature.
        restore_sequentially: Kept for the signature.
        **others: Only arguments that have no effect here.

    Raises:
        ValueError: If there are no variables.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     w = tf.Variable(2.0, name="w")
    ...     sess.run(tf.global_variables_initializer())
    ...     path = tf.train.Saver().save(sess, "model", global_step=3)
    ...     sess.run(w.assign(0.0)), tf.train.Saver().restore(sess, path)
    ...     print(path, sess.run(w))
    (np.float32(0.0), None)
    model-3 2.0
    """

    def __init__(
        self,
        var_list: Any = None,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        **others: Any,
    ) -> None:
        if var_list is None:
            var_list = get_collection(GraphKeys.GLOBAL_VARIABLES)
        if not isinstance(var_list, dict):
            var_list = {variable.op.name: variable for variable in var_list}
        if not var_list:
            raise ValueError("No variables to save")
        self._variables = dict(var_list)
        self._most = max_to_keep or 0
        self._paths: list[str] = []

    @property
    def last_checkpoints(self) -> list[str]:
        """The checkpoints that are kept, the oldest first."""
        return list(self._paths)

    def set_last_checkpoints(self, last_checkpoints: Sequence[str]) -> None:
        """Say which checkpoints exist already, the oldest first.

        Args:
            last_checkpoints: Their paths.
        """
        self._paths = [_plain(path) for path in last_checkpoints]

    def recover_last_checkpoints(self, checkpoint_paths: Sequence[str]) -> None:
        """Take up checkpoints that exist; see `set_last_checkpoints`."""
        kept = [path for path in checkpoint_paths if checkpoint_exists(path)]
        self.set_last_checkpoints(kept)

    def save(
        self,
        sess: Any,
        save_path: Any,
        global_step: Any = None,
        latest_filename: str | None = None,
        meta_graph_suffix: str = "meta",
        write_meta_graph: bool = True,
        write_state: bool = True,
        **others: Any,
    ) -> str:
        """Write the values that a session holds.

        Args:
            sess: The session.
            save_path: The path, without the ending.
            global_step: The number of the step, which is added to the path.
            latest_filename: The name of the file that lists the checkpoints.
            meta_graph_suffix: Kept for the signature: graphs are not written.
            write_meta_graph: Kept for the signature.
            write_state: Whether that file is written.
            **others: Only arguments that have no effect here.

        Returns:
            The path, with the number and without the ending.

        Raises:
            FailedPreconditionError: If a variable has no value.
        """
        path = _plain(save_path)
        if global_step is not None:
            if hasattr(global_step, "op"):
                global_step = sess.run(global_step)
            path = f"{path}-{int(global_step)}"
        for variable in self._variables.values():
            if not sess.holds(variable):
                raise FailedPreconditionError(
                    None,
                    variable.op,
                    f"Attempting to use uninitialized value {variable.op.name}",
                )
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with written(path + _ENDING) as file:
            for name, variable in self._variables.items():
                write_array(file, f"{name}:0", sess.storage(variable).numpy())
        self._keep(path)
        if write_state:
            _write_state(path, self._paths, latest_filename)
        return path

    def _keep(self, path: str) -> None:
        if path in self._paths:
            self._paths.remove(path)
        self._paths.append(path)
        while self._most and len(self._paths) > self._most:
            oldest = self._paths.pop(0) + _ENDING
            if os.path.exists(oldest):
                os.remove(oldest)

    def restore(self, sess: Any, save_path: Any) -> None:
        """Give the variables of a session the values of a file.

        Args:
            sess: The session.
            save_path: The path, with or without the ending.

        Raises:
            ValueError: If there is no path, or a shape differs.
            NotFoundError: If the file, or a variable in it, is missing.
        """
        if save_path is None:
            raise ValueError("Can't load save_path when it is None.")
        path = _plain(save_path)
        if not checkpoint_exists(path):
            raise NotFoundError(
                None, None, f"The passed save_path is not a valid checkpoint: {path}"
            )
        with opened(path + _ENDING) as file:
            arrays = {}
            for name, variable in self._variables.items():
                if f"{name}:0" not in file:
                    raise NotFoundError(
                        None, variable.op, f"Key {name} not found in checkpoint"
                    )
                arrays[variable] = file[f"{name}:0"][()]
        for variable, array in arrays.items():
            sess.load(variable, array)


def _write_state(path: str, paths: Sequence[str], name: str | None) -> None:
    folder = os.path.dirname(path)
    lines = [f'model_checkpoint_path: "{os.path.basename(path)}"']
    for each in paths:
        shown = os.path.relpath(each, folder or ".")
        lines.append(f'all_model_checkpoint_paths: "{shown}"')
    with open(os.path.join(folder, name or "checkpoint"), "w") as file:
        file.write("\n".join(lines) + "\n")


@example(
    'tf.train.get_checkpoint_state("folder").model_checkpoint_path', "folder/model-7",
    'w = tf.Variable(1.0, name="w")', "sess.run(w.initializer)",
    'path = tf.train.Saver().save(sess, "folder/model", 7)', run=False,
)  # fmt: skip
def get_checkpoint_state(
    checkpoint_dir: Any, latest_filename: str | None = None
) -> CheckpointState | None:
    """Return what the file `checkpoint` of a folder says, `None` without one.

    Args:
        checkpoint_dir: The folder.
        latest_filename: The name of the file.
    """
    folder = os.fspath(checkpoint_dir)
    path = os.path.join(folder, latest_filename or "checkpoint")
    if not os.path.exists(path):
        return None
    with open(path) as file:
        found = re.findall(r'^(\w+): "(.*)"$', file.read(), re.MULTILINE)
    paths: dict[str, list[str]] = {}
    for key, value in found:
        paths.setdefault(key, []).append(os.path.join(folder, value))
    if "model_checkpoint_path" not in paths:
        raise FileFormatError(f"{path}: this file names no checkpoint.")
    newest = paths["model_checkpoint_path"][0]
    return CheckpointState(newest, paths.get("all_model_checkpoint_paths", [newest]))


@example(
    'tf.train.latest_checkpoint("folder")', "folder/model-7",
    'w = tf.Variable(1.0, name="w")', "sess.run(w.initializer)",
    'path = tf.train.Saver().save(sess, "folder/model", 7)', run=False,
)  # fmt: skip
def latest_checkpoint(
    checkpoint_dir: Any, latest_filename: str | None = None
) -> str | None:
    """Return the path of the newest checkpoint of a folder, `None` without one.

    Args:
        checkpoint_dir: The folder.
        latest_filename: The name of the file that lists the checkpoints.
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None or not checkpoint_exists(state.model_checkpoint_path):
        return None
    return state.model_checkpoint_path


@example('tf.train.checkpoint_exists("nowhere/model")', "False", run=False)
def checkpoint_exists(checkpoint_prefix: Any) -> bool:
    """Tell whether there is a checkpoint of a path.

    Args:
        checkpoint_prefix: The path, with or without the ending.
    """
    return os.path.exists(_plain(checkpoint_prefix) + _ENDING)


def import_meta_graph(meta_graph_or_file: Any, **others: Any) -> None:
    """Refuse: files hold values of variables, and no graphs.

    Args:
        meta_graph_or_file: Kept for the signature.
        **others: Kept for the signature.

    Raises:
        NotImplementedError: Always.

    Example:

    >>> import_meta_graph("model.meta")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    NotImplementedError: import_meta_graph: graphs are not saved. ...
    """
    raise NotImplementedError(
        "import_meta_graph: graphs are not saved. Build the graph by the program that "
        "made it, and restore its variables with `tf.train.Saver().restore`.\n"
        f"Received: {meta_graph_or_file!r}"
    )
