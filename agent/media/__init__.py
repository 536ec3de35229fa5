"""Media files by ffprobe and ffmpeg: what they are, proxies, delivery, and checks of the artifact."""
