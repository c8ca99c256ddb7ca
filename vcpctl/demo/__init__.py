"""`vcp demo`: the whole pipeline on a local cloud, with a real video."""
