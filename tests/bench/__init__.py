"""Measurements: whole processes, side by side with a peer in the same run, as ratios."""
