"""What is seen and heard in a file, found on this machine: cuts, silences, loudness, beats, words."""
