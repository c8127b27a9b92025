"""Configurations and weights of older versions brought into today's form."""
