"""What Sluice remembers: accounts, exports, runs, slices and files, in PostgreSQL or SQLite."""
