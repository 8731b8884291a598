"""Credentials that customers hand over: read strictly, and rebuilt from nothing of theirs."""
