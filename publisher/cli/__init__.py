"""The command line: one file per verb, and the ways in which progress is shown."""
