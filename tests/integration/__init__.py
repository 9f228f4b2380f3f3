"""The whole program against real components, as a user runs it."""
