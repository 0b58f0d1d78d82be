"""Messages in the chat tools staff use anyway."""
