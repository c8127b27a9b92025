"""Where each layer lives: one line a name."""

BASE = {
    "Layer": "kerasish.layers.layer",
    "InputSpec": "kerasish.layers.input_spec",
    "Input": "kerasish.layers.core.input_layer",
    "InputLayer": "kerasish.layers.core.input_layer",
}
LAYERS: dict[str, str] = {}
