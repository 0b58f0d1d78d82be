"""E-mail to staff over SMTP."""
