"""Names that belong to other frameworks: their use says what to take instead."""

from __future__ import annotations


def unavailable(name: str, advice: str) -> type:
    """Make a class whose use raises one clear line.

    Args:
        name: The name of the class.
        advice: What to take instead.

    Returns:
        The class.

    Example:

    >>> unavailable("Rocket", "use Bicycle instead")()
    Traceback (most recent call last):
    ...
    NotImplementedError: Rocket is not available: use Bicycle instead.
    """
    message = f"{name} is not available: {advice}."

    def refuse(cls, *args, **kwargs):
        raise NotImplementedError(message)

    text = (
        f"{message}\n\n    Example:\n\n    >>> {name}()\n"
        "    Traceback (most recent call last):\n    ...\n"
        f"    NotImplementedError: {message}\n    "
    )
    return type(name, (), {"__new__": refuse, "__doc__": text, "__module__": __name__})


_FLOATS = 'use a policy of floats such as "mixed_bfloat16" instead'
_WEIGHTS = "use save_weights and load_weights instead"

Quantizer = unavailable("Quantizer", "weights are floats here; cast them instead")
QuantizedDTypePolicy = unavailable("QuantizedDTypePolicy", _FLOATS)
QuantizedFloat8DTypePolicy = unavailable("QuantizedFloat8DTypePolicy", _FLOATS)
Int4DTypePolicy = unavailable("Int4DTypePolicy", _FLOATS)
AWQDTypePolicy = unavailable("AWQDTypePolicy", _FLOATS)
GPTQDTypePolicy = unavailable("GPTQDTypePolicy", _FLOATS)
TFOptimizer = unavailable("TFOptimizer", "use an optimizer of kerasish instead")
SidecarEvaluator = unavailable("SidecarEvaluator", "call evaluate in a loop instead")
StepsPerExecutionTuner = unavailable(
    "StepsPerExecutionTuner", "give steps_per_execution to compile instead"
)
multi_gpu_model = unavailable("multi_gpu_model", "train on one device instead")
convert_all_kernels_in_model = unavailable(
    "convert_all_kernels_in_model", "load_weights converts kernels itself; call it"
)
KerasFileEditor = unavailable("KerasFileEditor", _WEIGHTS)
_GROUPS = "{}, a method of models, takes open h5py groups; call it"
load_weights_from_hdf5_group = unavailable(
    "load_weights_from_hdf5_group", _GROUPS.format("load_weights")
)
load_weights_from_hdf5_group_by_name = unavailable(
    "load_weights_from_hdf5_group_by_name", _GROUPS.format("load_weights")
)
save_weights_to_hdf5_group = unavailable(
    "save_weights_to_hdf5_group", _GROUPS.format("save_weights")
)
preprocess_weights_for_loading = unavailable(
    "preprocess_weights_for_loading", "load_weights converts weights itself; call it"
)
