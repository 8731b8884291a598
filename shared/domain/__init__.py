"""The rules of Sluice as pure functions and frozen data: no I/O, and `now` is an argument."""
