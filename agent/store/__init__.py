"""What a session keeps: its folder and its history."""
