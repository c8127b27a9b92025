"""Recurrent programs: translation, states kept between batches."""

import numpy as np

import kerasish as keras
from kerasish.layers import LSTM, Dense, Input
from kerasish.models import Model
from tests.programs.common import with_fixed_weights


def test_encoder_and_decoder_share_layers_with_the_models_of_inference():
    random = np.random.RandomState(0)
    source = Input((None, 7))
    _, *states = LSTM(11, return_state=True)(source)
    target = Input((None, 9))
    decoder = LSTM(11, return_sequences=True, return_state=True)
    to_symbols = Dense(9, activation="softmax")
    outputs = to_symbols(decoder(target, initial_state=states)[0])
    model = with_fixed_weights(Model([source, target], outputs))
    model.compile("rmsprop", "categorical_crossentropy")
    x = random.rand(10, 5, 7)
    y = np.eye(9)[random.randint(0, 9, (10, 6))]
    history = model.fit([x, y], np.roll(y, 1, 1), epochs=4, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]

    encoder = Model(source, states)
    given = [Input((11,)), Input((11,))]
    out, *new = decoder(target, initial_state=given)
    step = Model([target, *given], [to_symbols(out), *new])
    whole = model.predict([x[:2], y[:2]], verbose=0)
    state = encoder.predict(x[:2], verbose=0)
    for t in range(6):
        now, *state = step.predict([y[:2, t : t + 1], *state], verbose=0)
        np.testing.assert_allclose(now[:, 0], whole[:, t], rtol=1e-4, atol=1e-6)


def test_states_go_on_from_batch_to_batch():
    model = keras.Sequential(
        [Input(batch_shape=(4, 3, 2)), LSTM(5, stateful=True), Dense(1)]
    )
    with_fixed_weights(model)
    free = keras.Sequential([Input((None, 2)), LSTM(5), Dense(1)])
    free.set_weights(model.get_weights())
    x = np.random.RandomState(0).rand(4, 6, 2)
    model.predict(x[:, :3], batch_size=4, verbose=0)
    second = model.predict(x[:, 3:], batch_size=4, verbose=0)
    np.testing.assert_allclose(second, free.predict(x, verbose=0), rtol=1e-4, atol=1e-6)
    model.reset_states()
    first = model.predict(x[:, :3], batch_size=4, verbose=0)
    np.testing.assert_allclose(
        first, free.predict(x[:, :3], verbose=0), rtol=1e-4, atol=1e-6
    )
