"""The function that people and machines talk to: dashboard and REST API."""
