"""Notifications in staff's browsers, also while the desk is closed."""
