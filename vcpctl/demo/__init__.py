"""`vcp demo`: the whole pipeline on a local cloud, on a real video."""
