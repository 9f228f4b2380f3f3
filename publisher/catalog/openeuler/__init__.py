"""The openEuler image repository, read as it is."""
