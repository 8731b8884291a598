"""Raw columns to rows of the warehouse, in SQL: for files that are loaded and for imports."""
