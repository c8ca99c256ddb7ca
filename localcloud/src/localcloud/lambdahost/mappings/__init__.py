"""Event source mappings: pollers that read queues and table streams and invoke functions with batches."""
