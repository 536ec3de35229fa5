"""The pool of browser sessions. Nothing is here yet: `agent/browser/connect.py` takes any CDP address."""
