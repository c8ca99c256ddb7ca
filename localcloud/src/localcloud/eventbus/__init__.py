"""EventBridge: delivery of events to targets, and schedules."""
