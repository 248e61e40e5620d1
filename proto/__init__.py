"""The wire contract: what the messages look like to any other program, and on which subjects they travel."""
