"""What keeps a session's browser to itself: an account, a folder, limits, and a watch over them."""
