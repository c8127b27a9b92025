"""Files written here, opened by real Keras."""
