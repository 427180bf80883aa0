"""The live web page: a client of the API, served beside it. No build step, no outside address."""
