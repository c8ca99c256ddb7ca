"""`vcp deploy`: from an empty account to a running stack, and from one set of images to another."""
