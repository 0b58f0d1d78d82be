"""Text messages to staff, over Twilio."""
