"""Convolutions in one, two and three dimensions."""
