"""The demo: a small catalog taken through everything, on loopback registries."""
