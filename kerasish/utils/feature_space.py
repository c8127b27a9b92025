"""Tables of numbers and words as vectors: `FeatureSpace`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from kerasish import layers, tree
from kerasish.backend import ops
from kerasish.backend.dtypes import is_float
from kerasish.backend.graph import as_numpy, is_tensor
from kerasish.errors import GraphError, did_you_mean
from kerasish.layers.layer import Layer
from kerasish.serialization import deserialize_keras_object, serialize_keras_object


def _checked_mode(mode: str, modes: tuple[str, ...]) -> str:
    if mode not in modes:
        raise ValueError(
            f"`output_mode` must be one of {modes}.{did_you_mean(str(mode), modes)}\n"
            f"Received: output_mode={mode!r}"
        )
    return mode


class Cross:
    """Features that are hashed together.

    Args:
        feature_names: Their names.
        crossing_dim: Number of bins.
        output_mode: `"one_hot"` or `"int"`.

    Example:

    >>> Cross(("color", "size"), 8).name
    'color_X_size'
    """

    def __init__(
        self,
        feature_names: Sequence[str],
        crossing_dim: int,
        output_mode: str = "one_hot",
    ) -> None:
        self.feature_names = tuple(feature_names)
        self.crossing_dim = crossing_dim
        self.output_mode = _checked_mode(output_mode, ("int", "one_hot"))

    @property
    def name(self) -> str:
        """The names of the features, joined."""
        return "_X_".join(self.feature_names)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "feature_names": list(self.feature_names),
            "crossing_dim": self.crossing_dim,
            "output_mode": self.output_mode,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Cross:
        """Make it from what `get_config()` returned."""
        return cls(**config)


class Feature:
    """What is done with one column.

    Args:
        dtype: Data type of the column, `"string"` for words.
        preprocessor: The layer that takes it.
        output_mode: `"one_hot"`, `"int"` or `"float"`.

    Example:

    >>> Feature("float32", layers.Rescaling(0.5), "float").output_mode
    'float'
    """

    def __init__(self, dtype: str, preprocessor: Any, output_mode: str) -> None:
        if isinstance(preprocessor, Mapping):
            preprocessor = deserialize_keras_object(preprocessor)
        self.dtype = dtype
        self.preprocessor = preprocessor
        self.output_mode = _checked_mode(output_mode, ("int", "one_hot", "float"))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "dtype": self.dtype,
            "preprocessor": serialize_keras_object(self.preprocessor),
            "output_mode": self.output_mode,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Feature:
        """Make it from what `get_config()` returned."""
        return cls(**config)


class FeatureSpace(Layer):
    """Turns the columns of a table into vectors.

    Each column is scaled, cut into bins, looked up or hashed by a layer, and then,
    where its mode is `"one_hot"`, encoded as a vector. Crosses are hashes of several
    columns.

    Args:
        features: Dictionary from a column's name to what is done with it: the name of
            one of the methods below, such as `"float_normalized"`, or its result.
        output_mode: `"concat"` for one vector, `"dict"` for one of each column.
        crosses: List of tuples of names, or of results of `cross`.
        crossing_dim: Number of bins of crosses.
        hashing_dim: Number of bins of `"integer_hashed"` and `"string_hashed"`.
        num_discretization_bins: Number of bins of `"float_discretized"`.
        name: The name.

    Input: a dictionary of columns: lists or arrays of shape `(rows,)` or `(rows, n)`,
    or of single values.

    Output: an array of shape `(rows, width)`, the columns in the order of their names
    and then the crosses; or a dictionary.

    Raises:
        ValueError: If an argument has no such value.

    Example:

    >>> space = FeatureSpace({"size": "float", "kind": "string_categorical"})
    >>> data = {"size": [0.5, 2.0], "kind": ["a", "b"]}
    >>> space.adapt(data)
    >>> space(data).numpy().tolist()
    [[0.0, 0.0, 1.0, 0.5], [0.0, 1.0, 0.0, 2.0]]
    """

    def __init__(
        self,
        features: Mapping[str, Any],
        output_mode: str = "concat",
        crosses: Sequence[Any] | None = None,
        crossing_dim: int = 32,
        hashing_dim: int = 32,
        num_discretization_bins: int = 32,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        if not features:
            raise ValueError("The `features` argument cannot be None or empty.")
        self.output_mode = _checked_mode(output_mode, ("concat", "dict"))
        self.crossing_dim = crossing_dim
        self.hashing_dim = hashing_dim
        self.num_discretization_bins = num_discretization_bins
        self.features = {
            name: self._standardized(name, value) for name, value in features.items()
        }
        self.crosses = [self._standardized_cross(cross) for cross in crosses or ()]
        self.preprocessors = {
            name: feature.preprocessor for name, feature in self.features.items()
        }
        self.crossers = {
            cross.name: layers.HashedCrossing(cross.crossing_dim, name=cross.name)
            for cross in self.crosses
        }
        self._is_adapted = self.built = not self._adaptable()
        self._inputs: dict[str, Any] | None = None

    def _standardized(self, name: str, value: Any) -> Feature:
        if isinstance(value, Mapping):
            value = Feature.from_config(value["config"])
        if isinstance(value, Feature):
            return value
        bins = {
            "float_discretized": self.num_discretization_bins,
            "integer_hashed": self.hashing_dim,
            "string_hashed": self.hashing_dim,
        }
        if value in bins:
            return getattr(self, value)(bins[value], name=name)
        kinds = [*_KINDS, *bins]
        if value not in kinds:
            raise ValueError(
                f"Invalid feature type: {value!r}.{did_you_mean(str(value), kinds)}\n"
                f"Received: features[{name!r}]={value!r}"
            )
        return getattr(self, value)(name=name)

    def _standardized_cross(self, cross: Any) -> Cross:
        if isinstance(cross, Mapping):
            cross = Cross.from_config(cross["config"])
        if not isinstance(cross, Cross):
            cross = Cross(cross, self.crossing_dim)
        unknown = set(cross.feature_names) - set(self.features)
        if unknown:
            raise ValueError(
                "Crosses are made of names of `features`.\n"
                f"Received: crosses with {sorted(unknown)}"
            )
        return cross

    @classmethod
    def cross(
        cls,
        feature_names: Sequence[str],
        crossing_dim: int,
        output_mode: str = "one_hot",
    ) -> Cross:
        """Return a cross of features; see `Cross`."""
        return Cross(feature_names, crossing_dim, output_mode)

    @classmethod
    def feature(cls, dtype: str, preprocessor: Any, output_mode: str) -> Feature:
        """Return a feature with a layer of one's own; see `Feature`."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def float(cls, name: str | None = None) -> Feature:
        """Return a feature of plain numbers."""
        return Feature("float32", layers.Identity(name=_named(name)), "float")

    @classmethod
    def float_rescaled(
        cls, scale: Any = 1.0, offset: Any = 0.0, name: str | None = None
    ) -> Feature:
        """Return a feature of numbers times a scale plus an offset."""
        layer = layers.Rescaling(scale, offset, name=_named(name))
        return Feature("float32", layer, "float")

    @classmethod
    def float_normalized(cls, name: str | None = None) -> Feature:
        """Return a feature of numbers with mean 0 and variance 1."""
        layer = layers.Normalization(axis=-1, name=_named(name))
        return Feature("float32", layer, "float")

    @classmethod
    def float_discretized(
        cls,
        num_bins: int,
        bin_boundaries: Any = None,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Return a feature of numbers that are cut into bins."""
        bins = {"num_bins": num_bins}
        if bin_boundaries is not None:
            bins = {"bin_boundaries": bin_boundaries}
        layer = layers.Discretization(**bins, name=_named(name))
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Return a feature of integers that are looked up."""
        options = {"max_tokens": max_tokens, "num_oov_indices": num_oov_indices}
        layer = layers.IntegerLookup(**options, name=_named(name))
        return Feature("int32", layer, output_mode)

    @classmethod
    def string_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Return a feature of words that are looked up."""
        options = {"max_tokens": max_tokens, "num_oov_indices": num_oov_indices}
        layer = layers.StringLookup(**options, name=_named(name))
        return Feature("string", layer, output_mode)

    @classmethod
    def integer_hashed(
        cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Return a feature of integers that are hashed."""
        return Feature(
            "int32", layers.Hashing(num_bins, name=_named(name)), output_mode
        )

    @classmethod
    def string_hashed(
        cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Return a feature of words that are hashed."""
        layer = layers.Hashing(num_bins, name=_named(name))
        return Feature("string", layer, output_mode)

    def _adaptable(self) -> list[str]:
        def adapts(layer: Any) -> bool:
            given = ("input_mean", "bin_boundaries")
            known = any(getattr(layer, name, None) is not None for name in given)
            return hasattr(layer, "adapt") and not known

        return [name for name, layer in self.preprocessors.items() if adapts(layer)]

    def adapt(self, dataset: Any) -> None:
        """Fit the layers that need it to data.

        Args:
            dataset: A dictionary of columns, or an iterable of such batches; of a
                tuple the first part is taken.
        """
        if isinstance(dataset, Mapping):
            batches = [dataset]
        elif isinstance(dataset, Iterable) and not isinstance(dataset, str):
            batches = [b[0] if isinstance(b, tuple) else b for b in dataset]
        else:
            batches = []
        if not batches or not all(isinstance(batch, Mapping) for batch in batches):
            raise ValueError(
                "`adapt()` takes a dictionary of columns or an iterable of them.\n"
                f"Received: {dataset!r}"
            )
        for name in self._adaptable():
            columns = [_column(batch[name]) for batch in batches]
            self.preprocessors[name].adapt(np.concatenate(columns))
        self._is_adapted = True
        self.built = True

    def _check_adapted(self) -> None:
        if not self._is_adapted:
            raise ValueError(
                "Call `adapt(dataset)` on the FeatureSpace before it is used.\n"
                f"Received: features without data yet: {self._adaptable()}"
            )

    def get_inputs(self) -> dict[str, Any]:
        """Return symbolic inputs for a functional model, by name.

        Raises:
            GraphError: If there is a column of words, which is no tensor.
        """
        words = [name for name, f in self.features.items() if f.dtype == "string"]
        if words:
            raise GraphError(
                "Words are no tensors: apply the FeatureSpace to the data before they "
                f"enter the model.\n  got: columns of words {words}"
            )
        if self._inputs is None:
            self._inputs = {
                name: layers.Input(shape=(1,), dtype=feature.dtype, name=name)
                for name, feature in self.features.items()
            }
        return self._inputs

    def get_encoded_features(self) -> Any:
        """Return what becomes of `get_inputs()`, for a functional model."""
        self._check_adapted()
        return self._encoded(self.get_inputs())

    def __call__(self, data: Any) -> Any:
        """Return the encoded rows of a table.

        Args:
            data: Dictionary of columns, or of single values.
        """
        self._check_adapted()
        if not isinstance(data, Mapping):
            raise ValueError(
                "A FeatureSpace can only be called with a dict.\n"
                f"Received: data={data!r} of type {type(data).__name__}"
            )
        single = all(np.ndim(_values(value)) == 0 for value in data.values())
        result = self._encoded({name: _column(x) for name, x in data.items()})
        if not single:
            return result
        return tree.map_structure(lambda x: ops.squeeze(x, 0), result)

    def _encoded(self, data: Mapping[str, Any]) -> Any:
        done = {
            name: layer(data[name])
            for name, layer in self.preprocessors.items()
            if name in data
        }
        names = sorted(done)
        modes = {name: self.features[name].output_mode for name in names}
        for cross in sorted(self.crosses, key=lambda cross: cross.name):
            inputs = tuple(done[name] for name in cross.feature_names)
            done[cross.name] = self.crossers[cross.name](inputs)
            modes[cross.name] = cross.output_mode
            names.append(cross.name)
        found = {name: self._as_mode(name, done[name], modes[name]) for name in names}
        if self.output_mode == "dict":
            return found
        for name, value in found.items():
            if not is_float(value.dtype):
                raise ValueError(
                    f"The feature {name!r} is not encoded, so that it cannot be joined "
                    "with others; use `output_mode='dict'`.\n"
                    f"Received: dtype {value.dtype}"
                )
        return ops.concatenate(list(found.values()), axis=-1)

    def _as_mode(self, name: str, value: Any, mode: str) -> Any:
        if mode != "one_hot":
            return value
        layer = self.preprocessors.get(name) or self.crossers[name]
        if hasattr(layer, "vocabulary_size"):
            size = layer.vocabulary_size()
        else:
            size = getattr(layer, "num_bins", None) or getattr(
                layer, "num_tokens", None
            )
        if size is None or is_float(value.dtype):
            raise ValueError(
                f"The feature {name!r} has `output_mode='one_hot'`, but its layer does "
                f"not return indices below a known number.\nReceived: {layer!r}"
            )
        return layers.CategoryEncoding(size, output_mode="multi_hot")(value)

    def save(self, filepath: Any) -> None:
        """Write it with all that it learnt from data; `load_model` reads it.

        Args:
            filepath: A path that ends with `.keras`.

        Example:

        >>> import os, tempfile
        >>> import kerasish as keras
        >>> path = os.path.join(tempfile.mkdtemp(), "space.keras")
        >>> FeatureSpace({"size": "float"}).save(path)
        >>> keras.models.load_model(path)({"size": [0.5]}).numpy().tolist()
        [[0.5]]
        """
        from kerasish.saving.api import save_model

        self._check_adapted()
        save_model(self, filepath, save_format="keras")

    def get_compile_config(self) -> None:
        """Return `None`: nothing is trained."""

    def get_build_config(self) -> dict[str, Any]:
        """Return what the layers of the columns were built with."""
        return {
            name: layer.get_build_config() for name, layer in self.preprocessors.items()
        }

    def build_from_config(self, config: Mapping[str, Any]) -> None:
        """Build the layers of the columns; what they learnt comes after it.

        Args:
            config: What `get_build_config()` returned.
        """
        for name, layer in self.preprocessors.items():
            if config.get(name):
                layer.build_from_config(config[name])
        self._is_adapted = True
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "features": {k: _described(item) for k, item in self.features.items()},
            "output_mode": self.output_mode,
            "crosses": [_described(cross) for cross in self.crosses],
            "crossing_dim": self.crossing_dim,
            "hashing_dim": self.hashing_dim,
            "num_discretization_bins": self.num_discretization_bins,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> FeatureSpace:
        """Make it from what `get_config()` returned."""
        return cls(**config)


def _described(item: Feature | Cross) -> dict[str, Any]:
    """Return what Keras writes for it, which has no public name for the classes."""
    kind = type(item).__name__
    return {
        "module": "keras.src.layers.preprocessing.feature_space",
        "class_name": kind,
        "config": item.get_config(),
        "registered_name": kind,
    }


_KINDS = (
    "float",
    "float_rescaled",
    "float_normalized",
    "integer_categorical",
    "string_categorical",
)


def _named(name: str | None) -> str | None:
    return name and f"{name}_preprocessor"


def _values(value: Any) -> Any:
    return as_numpy(value) if is_tensor(value) else np.asarray(value)


def _column(value: Any) -> Any:
    """Return a column with two axes at least; words as objects."""
    array = _values(value)
    if array.dtype.kind in "US":
        array = array.astype(object)
    if array.dtype == np.float64:
        array = array.astype("float32")
    return array.reshape(-1, 1) if array.ndim < 2 else array
