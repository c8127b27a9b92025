"""`TensorBoard`: writes event files that TensorBoard shows."""

from __future__ import annotations

import os
import re
import time
import warnings

import numpy as np

from kerasish.callbacks import event_messages as messages
from kerasish.callbacks.callback import Callback
from kerasish.callbacks.event_file import EventFile
from kerasish.callbacks.learning_rate import read_learning_rate
from kerasish.utils.atomic import atomic_file

_OLDER = {"batch_size", "write_grads", "embeddings_layer_names", "embeddings_data"}


class TensorBoard(Callback):
    """Writes curves, histograms, images and the graph of a training for TensorBoard.

    The files are written by kerasish alone; `tensorboard --logdir logs` shows them.
    Curves of training are in the folder `train`, those of validation in `validation`.

    Args:
        log_dir: The folder.
        histogram_freq: Every how many epochs histograms of the weights are written; 0
            for never.
        write_graph: Whether to write the graph of the layers and the model's JSON.
        write_images: Whether to write weights as images with the histograms.
        write_steps_per_second: Whether to write how many steps a second are made.
        update_freq: `"epoch"`, `"batch"`, or every how many steps the loss and metrics
            are written besides those of the epochs.
        profile_batch: Accepted; times are not recorded into these files.
        embeddings_freq: Every how many epochs the weights of embedding layers are
            written for the projector; 0 for never.
        embeddings_metadata: A file that names the rows of the embedding, or a dict of
            such files by layer name.
        **older: `batch_size`, `write_grads`, `embeddings_layer_names` and
            `embeddings_data` of Keras 2, without effect.

    Raises:
        ValueError: If `update_freq` is something else.

    Example:

    >>> TensorBoard("logs", histogram_freq=1).update_freq
    'epoch'
    """

    _reads_logs_lazily = True

    def __init__(
        self,
        log_dir="logs",
        histogram_freq=0,
        write_graph=True,
        write_images=False,
        write_steps_per_second=False,
        update_freq="epoch",
        profile_batch=0,
        embeddings_freq=0,
        embeddings_metadata=None,
        **older,
    ):
        unknown = sorted(set(older) - _OLDER)
        if unknown:
            raise TypeError(f"TensorBoard: unknown argument(s) {unknown}.")
        super().__init__()
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        if self.update_freq != "epoch" and not isinstance(self.update_freq, int):
            raise ValueError(
                "TensorBoard: update_freq must be 'epoch', 'batch' or a number.\n"
                f"Received: update_freq={update_freq!r}"
            )
        self.embeddings_freq = embeddings_freq
        self.embeddings_metadata = embeddings_metadata
        if profile_batch:
            warnings.warn(
                "TensorBoard: batches are not profiled; profile_batch has no effect.",
                stacklevel=2,
            )
        by_epoch = self.update_freq == "epoch"
        self._unused_hooks = ("on_train_batch_end",) if by_epoch else ()
        self._files = {}
        self._train_step = 0
        self._is_training = False

    def _file(self, name):
        found = self._files.get(name)
        if found is None:
            folder = os.path.join(self.log_dir, name)
            found = self._files[name] = EventFile(folder)
        return found

    def _write_scalars(self, name, values, step):
        encoded = b"".join(
            messages.scalar_value(tag, float(value))
            for tag, value in values.items()
            if np.ndim(value) == 0
        )
        self._file(name).add_summary(encoded, step)

    def on_train_begin(self, logs=None):
        """Opens the files and writes the graph.

        Args:
            logs: Not used.
        """
        self._is_training = True
        self._last_batch = -1
        if self.model.optimizer is not None:
            self._train_step = int(self.model.optimizer.iterations)
        if self.write_graph:
            self._write_graph()
        if self.embeddings_freq:
            self._write_projector_settings()

    def on_epoch_begin(self, epoch, logs=None):
        """Starts the clock of the epoch.

        Args:
            epoch: Index of the epoch.
            logs: Not used.
        """
        self._last_batch = -1
        self._epoch_start = self._batch_start = time.perf_counter()
        self._step_at_start = self._train_step

    def on_train_batch_end(self, batch, logs=None):
        """Writes the loss and metrics if `update_freq` steps have passed.

        Args:
            batch: Index of the batch.
            logs: Dict of values.
        """
        before = self._train_step
        self._train_step += batch - self._last_batch
        self._last_batch = batch
        if self._train_step // self.update_freq == before // self.update_freq:
            return
        values = {f"batch_{name}": value for name, value in (logs or {}).items()}
        if self.write_steps_per_second:
            now = time.perf_counter()
            steps = self.update_freq
            values["batch_steps_per_second"] = steps / (now - self._batch_start)
            self._batch_start = now
        self._write_scalars("train", values, self._train_step)

    def on_epoch_end(self, epoch, logs=None):
        """Writes the logs, and what is due of histograms and embeddings.

        Args:
            epoch: Index of the epoch.
            logs: Dict of values.
        """
        train, validation = {}, {}
        for name, value in (logs or {}).items():
            group = validation if name.startswith("val_") else train
            group["epoch_" + name.removeprefix("val_")] = value
        optimizer = self.model.optimizer
        if optimizer is not None:
            train["epoch_learning_rate"] = read_learning_rate(optimizer)
            self._train_step = int(optimizer.iterations)
        if self.write_steps_per_second:
            seconds = time.perf_counter() - self._epoch_start
            steps = self._train_step - self._step_at_start
            train["epoch_steps_per_second"] = steps / seconds
        self._write_scalars("train", train, epoch)
        if validation:
            self._write_scalars("validation", validation, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._write_embeddings()
        for file in self._files.values():
            file.flush()

    def on_test_end(self, logs=None):
        """Writes the results of an evaluation by the number of steps trained.

        Args:
            logs: Dict of values.
        """
        optimizer = self.model.optimizer
        if optimizer is not None and logs:
            values = {
                f"evaluation_{name}_vs_iterations": value
                for name, value in logs.items()
            }
            self._write_scalars("validation", values, int(optimizer.iterations))
        if not self._is_training:
            self._close()

    def on_train_end(self, logs=None):
        """Closes the files.

        Args:
            logs: Not used.
        """
        self._is_training = False
        self._close()

    def _close(self):
        for file in self._files.values():
            file.close()
        self._files = {}

    def _write_graph(self):
        layers = getattr(self.model, "layers", [])
        names = {layer.name for layer in layers}
        nodes = []
        for layer in layers:
            sources = {
                parent.operation.name: None
                for node in layer._inbound_nodes
                for parent in node.parent_nodes
                if parent.operation.name in names
            }
            nodes.append((layer.name, type(layer).__name__, list(sources)))
        self._file("train").add_graph(messages.graph(nodes))
        try:
            text = self.model.to_json()
        except (NotImplementedError, TypeError, ValueError):
            # A subclassed model need not have a configuration.
            return
        value = messages.text_value("keras", text)
        self._file("train").add_summary(value, 0)

    def _write_weights(self, epoch):
        encoded = []
        for weight in self.model.weights:
            array = np.asarray(weight.numpy(), "float32")
            tag = weight.path
            encoded.append(messages.histogram_value(f"{tag}/histogram", array))
            if self.write_images:
                for number, pixels in enumerate(weight_images(array)):
                    image = messages.image_value(f"{tag}/image/{number}", pixels)
                    encoded.append(image)
        self._file("train").add_summary(b"".join(encoded), epoch)

    def _embedding_layers(self):
        return [
            layer
            for layer in self.model._flatten_layers()
            if type(layer).__name__ == "Embedding"
        ]

    def _write_projector_settings(self):
        entries = []
        for layer in self._embedding_layers():
            metadata = self.embeddings_metadata
            if isinstance(metadata, dict):
                metadata = metadata.get(layer.name)
            named = "" if metadata is None else f'  metadata_path: "{metadata}"\n'
            entries.append(
                f'embeddings {{\n  tensor_name: "{layer.name}"\n'
                f'  tensor_path: "{_file_name(layer.name)}"\n{named}}}\n'
            )
        path = os.path.join(self.log_dir, "train", "projector_config.pbtxt")
        with atomic_file(path) as file:
            file.write("".join(entries).encode())

    def _write_embeddings(self):
        for layer in self._embedding_layers():
            path = os.path.join(self.log_dir, "train", _file_name(layer.name))
            with atomic_file(path) as file:
                table = np.asarray(layer.get_weights()[0], "float32")
                np.savetxt(file, table, delimiter="\t", fmt="%.9g")


def _file_name(name):
    return re.sub(r"[^\w.-]", "_", name) + ".tsv"


def weight_images(array, limit=3):
    """Returns weights as grey pictures, at most `limit` of them.

    Args:
        array: Array; a vector is one row, a matrix one picture, and of more axes the
            first two or (for kernels of convolutions) each slice of the last two.
        limit: How many pictures.

    Returns:
        List of arrays `(height, width, 1)` of bytes.

    Example:

    >>> [picture.shape for picture in weight_images(np.zeros((3, 3, 1, 8)))]
    [(3, 3, 1), (3, 3, 1), (3, 3, 1)]
    """
    if array.ndim < 2:
        array = array.reshape(1, -1)
    pictures = array.reshape((*array.shape[:2], -1))
    low, high = float(pictures.min()), float(pictures.max())
    scaled = (pictures - low) * (255.0 / (high - low) if high > low else 0.0)
    return [
        scaled[:, :, number, None].astype("uint8")
        for number in range(min(limit, pictures.shape[2]))
    ]
