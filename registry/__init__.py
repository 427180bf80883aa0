"""District data: who and what is where, read from files or the API, checked whole, written whole."""
