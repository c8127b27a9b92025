"""What is said of names that TensorFlow 1 has and this package has not."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable
from typing import Any

from kerasish.graph.names import NAMES

# What to use instead -> names, after `tf.`.
_INSTEAD = {
    "`import kerasish as keras`": "keras contrib.keras",
    "`feed_dict` with a batch of NumPy arrays": """
        data FIFOQueue RandomShuffleQueue train.Coordinator train.start_queue_runners
        train.string_input_producer train.slice_input_producer train.input_producer
        train.batch train.shuffle_batch train.limit_epochs TextLineReader
        TFRecordReader WholeFileReader decode_csv decode_raw parse_example
        parse_single_example FixedLenFeature VarLenFeature python_io read_file
        contrib.data""",
    "`tf.Session` in a loop, or `kerasish.Model.fit`": """
        estimator contrib.learn contrib.estimator train.MonitoredTrainingSession
        train.MonitoredSession train.Supervisor train.SessionRunHook""",
    "`os` and `shutil`": "gfile",
    "`kerasish.ops.image` on the arrays that are fed": "image",
    "`tf.layers`": "contrib.slim contrib.framework.arg_scope",
    "`tf.layers.batch_normalization`": "contrib.layers.batch_norm",
    "`tf.nn.dropout` or `tf.layers.dropout`": "contrib.layers.dropout",
    "`tf.nn.embedding_lookup`": "contrib.layers.embed_sequence",
    "a list of tensors and `tf.stack`, or `tf.scan`": "TensorArray nn.raw_rnn",
    "dense tensors": """
        SparseTensor SparseTensorValue sparse_placeholder sparse_tensor_to_dense
        sparse_tensor_dense_matmul sparse_reduce_sum nn.embedding_lookup_sparse""",
    "`tf.nn.dynamic_rnn` and `tf.nn.rnn_cell`, or cells called in a loop": """
        contrib.seq2seq contrib.legacy_seq2seq nn.seq2seq""",
    "`tf.nn.static_rnn`": "nn.rnn",
    "`tf.nn.static_bidirectional_rnn`": "nn.bidirectional_rnn",
    "`tf.train.Saver`, and the program that built the graph": """
        GraphDef MetaGraphDef graph_util import_graph_def saved_model
        train.export_meta_graph train.write_graph""",
    "`tf.Session`: everything runs in this process": """
        ClusterDef train.ClusterSpec train.Server train.SyncReplicasOptimizer
        train.replica_device_setter""",
    "`tf.summary.scalar`": "scalar_summary",
    "`tf.summary.histogram`": "histogram_summary",
    "`tf.summary.image`": "image_summary",
    "`tf.summary.audio`": "audio_summary",
    "`tf.summary.merge`": "merge_summary",
    "`tf.summary.merge_all`": "merge_all_summaries",
    "`tf.set_random_seed`": "random.set_seed",
    "`tf.abs`": "complex_abs",
    "`tf.random_normal` and the formula of the density": "distributions",
}
_ALTERNATIVES = {
    name: hint for hint, names in _INSTEAD.items() for name in names.split()
}
_MODULES = ("train", "nn", "layers", "losses", "metrics", "summary", "nn.rnn_cell")


def _found_elsewhere() -> dict[str, list[str]]:
    """Every public name -> where it is found."""
    places = {name: [f"tf.{name}"] for name in NAMES}
    for module in _MODULES:
        home = module.rpartition(".")[2]
        for name in importlib.import_module(f"kerasish.graph.{home}").__all__:
            places.setdefault(name, []).append(f"tf.{module}.{name}")
    return places


def hint_of(namespace: str) -> Callable[[str], str]:
    """Return a function that says what to use instead of a missing name.

    Args:
        namespace: What stands before the name, `tf` or `tf.nn`.

    Example:

    >>> hint_of("tf")("gfile")
    '\\nUse `os` and `shutil` instead of `tf.gfile`.'
    """

    def hint(name: str) -> str:
        full = f"{namespace}.{name}"
        instead = _ALTERNATIVES.get(full.removeprefix("tf."))
        if instead:
            return f"\nUse {instead} instead of `{full}`."
        if name.startswith("_"):
            return ""
        places = _found_elsewhere()
        close = difflib.get_close_matches(name, places, n=1)
        return f"\nDid you mean `{places[close[0]][0]}`?" if close else ""

    return hint


def refusal(module: str, namespace: str) -> Callable[[str], Any]:
    """Return the `__getattr__` of a module, which says what to use instead.

    Args:
        module: The name of the module.
        namespace: What programs call it.

    Example:

    >>> refusal("kerasish.graph.layers", "tf.layers")("Dense")
    Traceback (most recent call last):
        ...
    AttributeError: module 'kerasish.graph.layers' has no attribute 'Dense'
    Did you mean `tf.layers.dense`?
    """

    def refuse(name: str) -> Any:
        hint = hint_of(namespace)(name)
        raise AttributeError(f"module {module!r} has no attribute {name!r}{hint}")

    return refuse
