"""What `make images` needs besides the engine: this machine's package index, and the report on what was built."""
