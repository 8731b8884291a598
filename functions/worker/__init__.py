"""The function that writes one slice into the customer's bucket."""
