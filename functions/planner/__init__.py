"""The function that plans one run."""
