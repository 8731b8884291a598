"""The function that watches over deliveries."""
