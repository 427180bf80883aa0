"""A randomised run against the promise that no page is lost; see `__main__`."""
