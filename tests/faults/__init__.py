"""Registries that misbehave on request: a proxy with rules, a journal, laws about the order."""
