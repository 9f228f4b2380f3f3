"""What was done, step by step, as frozen values with a JSON form.  Pure."""
