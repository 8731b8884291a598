"""One file per outside service; each stands behind a port."""
