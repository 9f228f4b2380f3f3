"""The steps of a run: thin orchestration over ports, each returning records."""
