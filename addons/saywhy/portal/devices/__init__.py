"""The first minutes of a device: what it needs to be set up, and whether it is."""
