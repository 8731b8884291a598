"""The function that Cloud Scheduler calls every minute."""
