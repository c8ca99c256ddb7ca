"""Settings for `make images`, and the report on the built images."""
