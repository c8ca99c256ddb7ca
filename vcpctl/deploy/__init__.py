"""`vcp deploy`: deploy a stack to an empty account, or change the images of a running one."""
