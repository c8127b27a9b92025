"""Where each layer lives: one line a name."""

BASE = {
    "Layer": "kerasish.layers.layer",
    "InputSpec": "kerasish.layers.input_spec",
    "Input": "kerasish.layers.core.input_layer",
    "InputLayer": "kerasish.layers.core.input_layer",
}
# Module -> the layers and functions that it defines, sorted by module.
_HOMES: dict[str, tuple[str, ...]] = {
    "activation.activation": ("Activation",),
    "activation.rectifiers": ("ELU", "LeakyReLU", "PReLU", "ReLU"),
    "activation.softmax": ("Softmax",),
    "attention.attention": ("AdditiveAttention", "Attention"),
    "attention.multi_head_attention": ("MultiHeadAttention",),
    "convolutional.conv1d": ("Conv1D",),
    "convolutional.conv1d_transpose": ("Conv1DTranspose",),
    "convolutional.conv2d": ("Conv2D",),
    "convolutional.conv2d_transpose": ("Conv2DTranspose",),
    "convolutional.conv3d": ("Conv3D",),
    "convolutional.conv3d_transpose": ("Conv3DTranspose",),
    "convolutional.depthwise_conv": ("DepthwiseConv1D", "DepthwiseConv2D"),
    "convolutional.separable_conv": ("SeparableConv1D", "SeparableConv2D"),
    "core.dense": ("Dense",),
    "core.einsum_dense": ("EinsumDense",),
    "core.embedding": ("Embedding",),
    "core.identity": ("Identity",),
    "core.lambda_layer": ("Lambda",),
    "core.masking": ("Masking",),
    "merging.concatenate": ("Concatenate",),
    "merging.dot": ("Dot",),
    "merging.elementwise": (
        "Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract",
    ),
    "merging.functions": (
        "add", "average", "concatenate", "dot", "maximum", "minimum", "multiply",
        "subtract",
    ),
    "normalization.batch_normalization": ("BatchNormalization",),
    "normalization.group_normalization": ("GroupNormalization",),
    "normalization.layer_normalization": (
        "LayerNormalization", "RMSNormalization", "UnitNormalization",
    ),
    "pooling.average_pooling": (
        "AveragePooling1D", "AveragePooling2D", "AveragePooling3D",
    ),
    "pooling.global_average_pooling": (
        "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D",
    ),
    "pooling.global_max_pooling": (
        "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D",
    ),
    "pooling.max_pooling": ("MaxPooling1D", "MaxPooling2D", "MaxPooling3D"),
    "recurrent.gru": ("GRU",),
    "recurrent.gru_cell": ("GRUCell",),
    "recurrent.lstm": ("LSTM",),
    "recurrent.lstm_cell": ("LSTMCell",),
    "recurrent.rnn": ("RNN",),
    "recurrent.simple_rnn": ("SimpleRNN",),
    "recurrent.simple_rnn_cell": ("SimpleRNNCell",),
    "recurrent.stacked_cells": ("StackedRNNCells",),
    "regularization.activity_regularization": ("ActivityRegularization",),
    "regularization.dropout": (
        "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
    ),
    "regularization.noise": ("GaussianDropout", "GaussianNoise"),
    "reshaping.cropping": ("Cropping1D", "Cropping2D", "Cropping3D"),
    "reshaping.flatten": ("Flatten", "Permute", "RepeatVector", "Reshape"),
    "reshaping.up_sampling": ("UpSampling1D", "UpSampling2D", "UpSampling3D"),
    "reshaping.zero_padding": ("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"),
    "wrappers.bidirectional": ("Bidirectional",),
    "wrappers.time_distributed": ("TimeDistributed",),
    "wrappers.wrapper": ("Wrapper",),
}  # fmt: skip
_OTHER_NAMES = {
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "AvgPool3D": "AveragePooling3D",
    "Convolution1D": "Conv1D",
    "Convolution1DTranspose": "Conv1DTranspose",
    "Convolution2D": "Conv2D",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3D": "Conv3D",
    "Convolution3DTranspose": "Conv3DTranspose",
    "DepthwiseConvolution1D": "DepthwiseConv1D",
    "DepthwiseConvolution2D": "DepthwiseConv2D",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalAvgPool3D": "GlobalAveragePooling3D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalMaxPool3D": "GlobalMaxPooling3D",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "MaxPool3D": "MaxPooling3D",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
}
LAYERS: dict[str, str] = {
    name: f"kerasish.layers.{module}:{name}"
    for module, names in _HOMES.items()
    for name in names
}
LAYERS.update({name: LAYERS[target] for name, target in _OTHER_NAMES.items()})
