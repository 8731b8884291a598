"""The e-mails of notices: facts, words, and the message."""
