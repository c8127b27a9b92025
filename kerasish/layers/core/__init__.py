"""Dense, Embedding, and the layers that fit no other theme."""
