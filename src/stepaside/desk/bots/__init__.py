"""The pages about bots: what they say, when they step aside, and trying it out."""
