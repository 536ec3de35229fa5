"""What the Python code of the model may call."""
