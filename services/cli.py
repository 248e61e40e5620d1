"""The command line of Spotter."""
