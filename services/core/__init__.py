"""People and exercise with no I/O, no clock and no logging: numpy and the standard library only."""
