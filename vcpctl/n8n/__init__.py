"""What n8n needs of this pipeline: its workflows, filled in for a stack, and the shape of the answers."""
