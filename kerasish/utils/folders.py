"""Files of a folder, with the names of its subfolders as labels."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasish.backend import config
from kerasish.backend.ops.image_resizing import resize
from kerasish.utils.messages import print_message
from kerasish.utils.pictures import img_to_array, load_img
from kerasish.utils.sounds import read_wav, resampled
from kerasish.utils.streams import Dataset

_CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}
_LABEL_MODES = ("int", "categorical", "binary", None)


def list_files(
    directory: str, endings: tuple[str, ...], follow_links: bool = False
) -> list[str]:
    """Return the paths of the files below a folder, in order.

    Args:
        directory: The folder.
        endings: How the names may end, in lower case.
        follow_links: Whether to go through links to folders.

    Example:

    >>> os.makedirs("texts")
    >>> open("texts/a.txt", "w").close()
    >>> [path.replace(os.sep, "/") for path in list_files("texts", (".txt",))]
    ['texts/a.txt']
    """
    folders = sorted(os.walk(directory, followlinks=follow_links))
    return [
        os.path.join(folder, name)
        for folder, _, names in folders
        for name in sorted(names)
        if name.lower().endswith(endings)
    ]


class _Files:
    """The files of a folder, their labels, and how they are divided."""

    def __init__(
        self,
        directory,
        endings,
        labels,
        label_mode,
        class_names,
        batch_size,
        shuffle,
        seed,
        validation_split,
        subset,
        follow_links,
        verbose,
    ):
        self.directory = os.fspath(directory)
        self.endings = endings
        self.labels = labels
        self.label_mode = label_mode
        self.class_names = class_names
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = random.randrange(1_000_000) if seed is None else seed
        self.split = validation_split or 0.0
        self.subset = subset
        self.verbose = verbose
        self._check(seed)
        if labels is None:
            self.label_mode = None
        self._find(follow_links)
        if self.label_mode == "binary" and len(self.class_names) != 2:
            raise ValueError(
                'label_mode="binary" needs exactly two classes.\n'
                f"Received: {self.class_names}"
            )
        if shuffle:
            # The generator and the order of draws of Keras: the same parts result.
            for column in (self.paths, self.labels):
                np.random.RandomState(self.seed).shuffle(column)

    def _check(self, seed):
        labels, subset, split = self.labels, self.subset, self.split
        if isinstance(labels, str) and labels != "inferred":
            raise ValueError(
                "labels must be 'inferred', None, or a list of numbers.\n"
                f"Received: labels={labels!r}"
            )
        if labels != "inferred" and self.class_names:
            raise ValueError("class_names can be given only with labels='inferred'.")
        if self.label_mode not in _LABEL_MODES:
            raise ValueError(
                f"label_mode must be one of {_LABEL_MODES}.\n"
                f"Received: label_mode={self.label_mode!r}"
            )
        if bool(split) != bool(subset):
            raise ValueError(
                "validation_split and subset must be given together.\n"
                f"Received: validation_split={split}, subset={subset!r}"
            )
        if split and not 0 < split < 1:
            raise ValueError(
                "validation_split must be between 0 and 1.\n"
                f"Received: validation_split={split}"
            )
        if subset not in (None, "training", "validation", "both"):
            raise ValueError(
                "subset must be 'training', 'validation' or 'both'.\n"
                f"Received: subset={subset!r}"
            )
        if split and self.shuffle and seed is None:
            raise ValueError(
                "With validation_split and shuffle a seed is needed, so that the "
                "parts do not overlap."
            )

    def _find(self, follow_links):
        labels = self.labels
        inferred = isinstance(labels, str)
        if inferred:
            folders = sorted(
                entry.name
                for entry in os.scandir(self.directory)
                if entry.is_dir() and not entry.name.startswith(".")
            )
            names = list(self.class_names or folders)
            if not set(names) <= set(folders):
                raise ValueError(
                    f"class_names must be names of the subfolders {folders}.\n"
                    f"Received: class_names={names}"
                )
        else:
            names = [""]
        groups = [
            list_files(os.path.join(self.directory, name), self.endings, follow_links)
            for name in names
        ]
        self.paths = [path for group in groups for path in group]
        self.class_names = names
        if inferred:
            sizes = [len(group) for group in groups]
            self.labels = np.repeat(np.arange(len(names), dtype="int32"), sizes)
        elif labels is not None:
            self.labels = np.asarray(labels)
            self.class_names = [str(x) for x in sorted(set(labels))]
            if len(self.labels) != len(self.paths):
                raise ValueError(
                    f"There are {len(self.paths)} files in {self.directory!r}.\n"
                    f"Received: {len(self.labels)} labels"
                )
        else:
            self.labels = np.zeros(len(self.paths), "int32")
            self.class_names = None
        if self.verbose:
            kinds = ""
            if self.class_names is not None:
                kinds = f" belonging to {len(self.class_names)} classes"
            print_message(f"Found {len(self.paths)} files{kinds}.")

    def _targets(self, labels):
        if self.label_mode == "binary":
            return labels.astype("float32")[:, None]
        if self.label_mode == "categorical":
            return np.eye(len(self.class_names), dtype="float32")[labels]
        return labels

    def _part(self, subset):
        count = int(self.split * len(self.paths))
        cut = len(self.paths) - count
        rows = slice(cut) if subset in (None, "training") else slice(cut, None)
        if subset and self.verbose:
            print_message(f"Using {len(self.paths[rows])} files for {subset}.")
        if not self.paths[rows]:
            raise ValueError(
                f"There are no files for {subset or 'the data set'} in "
                f"{self.directory!r} that end in {', '.join(self.endings)}."
            )
        return self.paths[rows], self.labels[rows]

    def dataset(self, read: Callable[[str], Any], padded: bool = False) -> Any:
        """Returns the stream that the settings ask for, or a pair of them."""
        if self.subset != "both":
            return self._stream(self.subset, read, padded)
        train = self._stream("training", read, padded)
        return [train, self._stream("validation", read, padded)]

    def _stream(self, subset, read, padded):
        paths, labels = self._part(subset)
        size = self.batch_size
        columns: Any = np.asarray(paths)
        if self.label_mode is not None:
            columns = (columns, self._targets(labels))
        stream = Dataset.from_tensor_slices(columns)
        fixed = self.subset == "both" and subset == "validation"
        if self.shuffle and not fixed:
            stream = stream.shuffle(1024 if size is None else size * 8, self.seed)
        if self.label_mode is None:
            stream = stream.map(lambda path: read(str(path)))
        else:
            stream = stream.map(lambda path, label: (read(str(path)), label))
        if size is not None:
            stream = stream.padded_batch(size) if padded else stream.batch(size)
        stream = stream.prefetch()
        stream.class_names = self.class_names
        stream.file_paths = paths
        return stream


def image_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Any = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: Any = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """Make a stream of the images in a folder, one subfolder for each class.

    Files are BMP, GIF (the first picture), JPEG and PNG, read by Pillow. Which of
    them are for training and which for validation is as in Keras for the same seed.

    Args:
        directory: The folder.
        labels: `"inferred"` from the subfolders, a list with a number for each file
            in order of the paths, or `None`.
        label_mode: `"int"`, `"categorical"` (one-hot), `"binary"` (floats 0 and 1), or
            `None` for images alone.
        class_names: The subfolders in the wanted order; sorted by default.
        color_mode: `"grayscale"`, `"rgb"` or `"rgba"`.
        batch_size: Images in a batch; `None` for single ones.
        image_size: `(height, width)` to which images are resized.
        shuffle: Whether the order is mixed.
        seed: Seed of the order.
        validation_split: Share of the files for validation.
        subset: `"training"`, `"validation"` or `"both"`, with `validation_split`.
        interpolation: See `kerasish.ops.image.resize`.
        follow_links: Whether to go through links to folders.
        crop_to_aspect_ratio: Whether margins are cut off instead of distorting.
        pad_to_aspect_ratio: Whether margins are added instead.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the default.
        format: Accepted for the signature of Keras 3.
        verbose: Whether to print how many files there are.

    Returns:
        A `Dataset` with the attributes `class_names` and `file_paths`, or two of them
        for `subset="both"`. Images are float arrays from 0 to 255.

    Raises:
        ValueError: If arguments do not go together, or there are no files.

    Example:

    >>> from kerasish.utils import save_img
    >>> os.makedirs("images/cat"), os.makedirs("images/dog")
    (None, None)
    >>> save_img("images/cat/1.png", np.zeros((4, 4, 3)))
    >>> save_img("images/dog/1.png", np.ones((4, 4, 3)))
    >>> data = image_dataset_from_directory("images", image_size=(8, 8))
    Found 2 files belonging to 2 classes.
    >>> data.class_names, [x.shape for x, y in data]
    (['cat', 'dog'], [(2, 8, 8, 3)])
    """
    if color_mode not in _CHANNELS:
        raise ValueError(
            f"color_mode must be one of {sorted(_CHANNELS)}.\nReceived: {color_mode!r}"
        )
    size = (image_size,) * 2 if isinstance(image_size, int) else tuple(image_size)
    if len(size) != 2:
        raise ValueError(
            f"image_size must be (height, width).\nReceived: image_size={image_size}"
        )
    choice = (labels, label_mode, class_names, batch_size, shuffle, seed)
    choice += (validation_split, subset, follow_links, verbose)
    layout = data_format or config.image_data_format()

    def read(path: str) -> np.ndarray:
        image = img_to_array(load_img(path, color_mode), layout, "float32")
        resized = resize(
            image,
            size,
            interpolation.lower(),
            crop_to_aspect_ratio=crop_to_aspect_ratio,
            pad_to_aspect_ratio=pad_to_aspect_ratio,
            data_format=layout,
        )
        return np.asarray(resized)

    endings = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
    return _Files(directory, endings, *choice).dataset(read)


def text_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Any = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """Make a stream of the texts in a folder, one subfolder for each class.

    Args:
        directory: The folder; its files end in `.txt` and are in UTF-8.
        labels: See `image_dataset_from_directory`.
        label_mode: Likewise.
        class_names: Likewise.
        batch_size: Texts in a batch; `None` for single ones.
        max_length: Letters after which a text is cut.
        shuffle: Whether the order is mixed.
        seed: Seed of the order.
        validation_split: Share of the files for validation.
        subset: `"training"`, `"validation"` or `"both"`, with `validation_split`.
        follow_links: Whether to go through links to folders.
        format: Accepted for the signature of Keras 3.
        verbose: Whether to print how many files there are.

    Returns:
        A `Dataset`, or two of them for `subset="both"`; texts are strings.

    Raises:
        ValueError: If arguments do not go together, or there are no files.

    Example:

    >>> os.makedirs("reviews/good")
    >>> with open("reviews/good/1.txt", "w") as file:
    ...     _ = file.write("fine")
    >>> data = text_dataset_from_directory("reviews", verbose=False)
    >>> [x.tolist() for x, y in data]
    [['fine']]
    """
    choice = (labels, label_mode, class_names, batch_size, shuffle, seed)
    choice += (validation_split, subset, follow_links, verbose)

    def read(path: str) -> str:
        with open(path, encoding="utf-8") as file:
            return file.read(-1 if max_length is None else max_length)

    return _Files(directory, (".txt",), *choice).dataset(read)


def audio_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Any = None,
    batch_size: int | None = 32,
    sampling_rate: int | None = None,
    output_sequence_length: int | None = None,
    ragged: bool = False,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    verbose: bool = True,
) -> Any:
    """Make a stream of the sounds in a folder, one subfolder for each class.

    Args:
        directory: The folder; its files end in `.wav` and hold integer samples.
        labels: See `image_dataset_from_directory`.
        label_mode: Likewise.
        class_names: Likewise.
        batch_size: Sounds in a batch; `None` for single ones.
        sampling_rate: Samples a second to which sounds are converted.
        output_sequence_length: Samples to which sounds are cut or filled up; without
            it those of a batch are as long as the longest.
        ragged: Must be false: arrays are dense.
        shuffle: Whether the order is mixed.
        seed: Seed of the order.
        validation_split: Share of the files for validation.
        subset: `"training"`, `"validation"` or `"both"`, with `validation_split`.
        follow_links: Whether to go through links to folders.
        verbose: Whether to print how many files there are.

    Returns:
        A `Dataset`, or two of them for `subset="both"`; sounds are float arrays
        `(samples, channels)` from -1 to 1.

    Raises:
        ValueError: If arguments do not go together, or there are no files.

    Example:

    >>> import wave
    >>> os.makedirs("sounds/bell")
    >>> with wave.open("sounds/bell/1.wav", "wb") as file:
    ...     file.setparams((1, 2, 8000, 0, "NONE", ""))
    ...     file.writeframes(np.array([0, 16384], "<i2").tobytes())
    >>> data = audio_dataset_from_directory("sounds", verbose=False)
    >>> [x.tolist() for x, y in data]
    [[[[0.0], [0.5]]]]
    """
    if ragged:
        raise ValueError("ragged must be False: arrays are dense here.")
    if sampling_rate is not None and sampling_rate <= 0:
        raise ValueError(
            f"sampling_rate must be positive.\nReceived: sampling_rate={sampling_rate}"
        )
    choice = (labels, label_mode, class_names, batch_size, shuffle, seed)
    choice += (validation_split, subset, follow_links, verbose)

    def read(path: str) -> np.ndarray:
        sound, rate = read_wav(path)
        if sampling_rate is not None:
            sound = resampled(sound, rate, sampling_rate)
        if output_sequence_length is None:
            return sound
        sound = sound[:output_sequence_length]
        missing = output_sequence_length - len(sound)
        return np.pad(sound, ((0, missing), (0, 0)))

    padded = output_sequence_length is None
    return _Files(directory, (".wav",), *choice).dataset(read, padded)
