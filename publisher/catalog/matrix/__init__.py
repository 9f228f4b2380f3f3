"""The matrix form of `meta.yml`: one item, many entries."""
