"""SNS e-mail into an inbox that people and tests can read."""
