"""Hostile input, made from a seed: texts of every file of a catalog, and what reading them must not do."""
