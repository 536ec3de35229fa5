"""`python moviepy_job.py JOB`: the bench's job by MoviePy, else with its defaults. Prints the seconds."""

import json
import sys
import time

import moviepy
from moviepy.video.fx import CrossFadeIn

job = json.loads(sys.argv[1])
started_s = time.perf_counter()
with moviepy.VideoFileClip(job["footage"]) as picture:
    title = (
        moviepy.TextClip(font=job["font"], text=job["title"], font_size=job["titlePx"], color="white")
        .with_duration(job["frames"] / job["fps"])
        .with_position("center")
        .with_effects([CrossFadeIn(job["fadeFrames"] / job["fps"])])
    )
    moviepy.CompositeVideoClip([picture, title]).write_videofile(
        job["output"],
        fps=job["fps"],
        bitrate=str(job["videoBitrate"]),
        audio_bitrate=str(job["audioBitrate"]),
        temp_audiofile_path=job["folder"],
        logger=None,
    )
print(time.perf_counter() - started_s)
