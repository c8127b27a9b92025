"""Learn to write, character by character, from the manual that ships with Python."""

import argparse
from pydoc_data.topics import topics

import numpy as np

import kerasish as keras

LENGTH = 50
TOPICS = ("assert", "if", "for", "while", "try", "with", "class", "function", "import")


def load_text():
    """Some chapters of Python's language reference as one text."""
    return "\n".join(topics[name] for name in TOPICS if name in topics)


class Alphabet:
    """The characters of a text, and their numbers."""

    def __init__(self, text):
        self.letters = sorted(set(text))
        self.numbers = {letter: i for i, letter in enumerate(self.letters)}

    def encode(self, text):
        """Numbers of the characters that are known."""
        known = [self.numbers[c] for c in text if c in self.numbers]
        return np.array(known, dtype="int32")

    def decode(self, numbers):
        """The characters of some numbers."""
        return "".join(self.letters[i] for i in numbers)


def make_windows(codes, shift=25):
    """Windows of the text, and the same one character later."""
    starts = np.arange(0, len(codes) - LENGTH - 1, shift)
    places = starts[:, None] + np.arange(LENGTH)
    return codes[places], codes[places + 1]


def build_model(letters):
    """An LSTM that gives probabilities of the next character at every place."""
    model = keras.Sequential(
        [
            keras.Input((LENGTH,), dtype="int32"),
            keras.layers.Embedding(letters, 32),
            keras.layers.LSTM(128, return_sequences=True),
            keras.layers.Dense(letters, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.005, clipnorm=1.0),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def sample(probabilities, temperature, random):
    """Draw a number; a low temperature prefers the likely ones."""
    logits = np.log(np.asarray(probabilities, "float64") + 1e-9) / temperature
    weights = np.exp(logits - logits.max())
    return int(random.choice(len(weights), p=weights / weights.sum()))


def write(model, alphabet, start, length, temperature, random):
    """Continue a text."""
    codes = list(alphabet.encode(start))
    for _ in range(length):
        recent = codes[-LENGTH:]
        window = np.zeros((1, LENGTH), "int32")
        window[0, : len(recent)] = recent
        probabilities = model.predict(window, verbose=0)[0, len(recent) - 1]
        codes.append(sample(probabilities, temperature, random))
    return alphabet.decode(codes)


def main(arguments=None):
    """Train, and write a text at three temperatures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--characters", type=int, default=40_000)
    parser.add_argument("--length", type=int, default=200)
    options = parser.parse_args(arguments)
    keras.utils.set_random_seed(0)
    text = load_text()[: options.characters]
    alphabet = Alphabet(text)
    x, y = make_windows(alphabet.encode(text))
    model = build_model(len(alphabet.letters))
    model.fit(x, y, batch_size=32, epochs=options.epochs)
    random = np.random.default_rng(0)
    for temperature in (0.3, 0.7, 1.0):
        print(f"--- temperature {temperature}")
        print(write(model, alphabet, "The ", options.length, temperature, random))
    return model


if __name__ == "__main__":
    main()
