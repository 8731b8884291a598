"""Arrow batches to the bytes of files; the way in is `files.encode_files`."""
