"""`vcp n8n`: the n8n workflows for a stack, and the JSON Schema of the intake's answer."""
