"""The publish transaction beside other programs: a synthetic stack, fresh registries, whole processes."""
