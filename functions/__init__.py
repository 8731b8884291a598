"""What is deployed: one folder a function, each with its handler in main.py."""
