"""Models from YAML, the text form that Keras had up to version 2.6."""

from __future__ import annotations

from typing import Any

from kerasish.models.model import model_from_config


def model_from_yaml(yaml_string: str, custom_objects: Any = None) -> Any:
    """Make a model from what `to_yaml()` returned. No Python objects are made of it.

    Args:
        yaml_string: The string, of any Keras version.
        custom_objects: Maps names to classes and functions of the user.

    Raises:
        ImportError: If PyYAML is not installed; the message says how to.
        ValueError: If it is no YAML of plain data, or a class is unknown.

    Example:

    >>> text = "{class_name: Sequential, config: {name: m, layers: []}}"
    >>> model_from_yaml(text).name
    'm'
    """
    yaml = import_yaml()
    try:
        config = yaml.load(yaml_string, Loader=_yaml_loader())
    except yaml.YAMLError as error:
        raise ValueError(f"This is no YAML of plain data: {error}") from error
    return model_from_config(config, custom_objects)


def import_yaml() -> Any:
    """Return the module `yaml`.

    Raises:
        ImportError: If it is not installed; the message says how to install it.
    """
    try:
        import yaml
    except ImportError as error:
        raise ImportError("YAML needs PyYAML: `pip install pyyaml`.") from error
    return yaml


def _yaml_loader() -> type:
    """Return PyYAML's safe loader that takes Keras 2's tuples as well."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor(
        "tag:yaml.org,2002:python/tuple", yaml.SafeLoader.construct_yaml_seq
    )
    return Loader
