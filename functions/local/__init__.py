"""Everything on one machine: the command line, the loader, the runner; never deployed."""
