"""The function `prober`."""
