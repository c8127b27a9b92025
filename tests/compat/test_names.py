"""Every public name of Keras is there, or is known to be absent."""

import importlib
import json
import pathlib

import pytest

NAMES = json.loads(pathlib.Path(__file__).with_name("names.json").read_text())
# Namespace -> names that are not there; one that appears must be taken out.
ABSENT = {
    "constraints": {"RadialConstraint", "radial_constraint"},
    "dtype_policies": {"DTypePolicyMap"},
    "initializers": {"STFT", "STFTInitializer", "stft"},
    "models": {
        "load_weights_from_hdf5_group",
        "load_weights_from_hdf5_group_by_name",
        "preprocess_weights_for_loading",
        "save_weights_to_hdf5_group",
    },
    "utils": {
        "Config",
        "H5Dict",
        "HDF5Matrix",
        "TimedThread",
        "ask_to_proceed_with_overwrite",
        "chunk_read",
        "conv_input_length",
        "conv_output_length",
        "convert_dense_weights_data_format",
        "convert_kernel",
        "count_params",
        "deconv_length",
        "func_dump",
        "func_load",
        "get_index",
        "get_test_data",
        "h5dict",
        "has_arg",
        "init_pool",
        "init_pool_generator",
        "is_all_none",
        "layer_test",
        "next_sample",
        "normalize_padding",
        "normalize_tuple",
        "object_list_uid",
        "slice_arrays",
        "to_list",
        "transpose_shape",
        "unpack_singleton",
        "urlretrieve",
        "warmstart_embedding_matrix",
    },
    "visualization": {
        "draw_bounding_boxes",
        "draw_segmentation_masks",
        "plot_bounding_box_gallery",
        "plot_image_gallery",
        "plot_segmentation_mask_gallery",
    },
}
CASES = [(version, space) for version in NAMES for space in NAMES[version]]


def missing(version, space):
    try:
        module = importlib.import_module(f"kerasish.{space}".rstrip("."))
    except ModuleNotFoundError:
        return set(NAMES[version][space])
    return {name for name in NAMES[version][space] if not hasattr(module, name)}


@pytest.mark.parametrize(("version", "space"), CASES)
def test_names_are_there(version, space):
    assert missing(version, space) <= ABSENT.get(space, set())


@pytest.mark.parametrize("space", ABSENT)
def test_the_list_of_absent_names_is_short(space):
    found = set()
    for version, known in CASES:
        if known == space:
            found |= missing(version, space)
    assert found == ABSENT[space]
