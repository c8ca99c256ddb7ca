"""What the pipeline's stacks stand on, once per account and region: a Pulumi program of its own."""
