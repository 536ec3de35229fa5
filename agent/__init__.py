"""Roughcut: a chat prompt and footage in, a checked and rendered video out."""
