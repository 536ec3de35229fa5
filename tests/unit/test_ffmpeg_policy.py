"""What a model may have ffmpeg do, and every way out that is shut."""

import pytest

from agent.errors import BadInput
from agent.media.ffmpeg_policy import check_arguments

ALLOWED = [
    ["-vf", "setpts=0.5*PTS", "-af", "atempo=2.0"],
    ["-filter_complex", "[0:v]setpts=PTS/1.5[v];[0:a]atempo=1.5[a]", "-map", "[v]", "-map", "[a]"],
    ["-vf", "deshake=rx=16:ry=16", "-c:v", "libx264", "-crf", "18", "-preset", "fast", "-c:a", "copy"],
    ["-af", "afftdn=nf=-25,highpass=f=80", "-c:v", "copy"],
    ["-vf", "reverse", "-af", "areverse"],
    [
        "-filter_complex",
        "[0:v]chromakey=0x00FF00:0.1:0.2[k];[1:v][k]overlay=shortest=1[v]",
        "-map",
        "[v]",
        "-an",
    ],
    ["-vf", "drawtext=text='Hello, world':x=10:y=10:fontsize=30:fontcolor=white"],
    ["-vf", "select='between(n,10,20)',setpts=N/FRAME_RATE/TB", "-an"],
    ["-ss", "00:00:01.5", "-t", "2", "-r", "30000/1001", "-pix_fmt", "yuv420p", "-movflags", "+faststart"],
    ["-map", "0:v:0", "-map", "0:a?", "-c", "copy"],
    ["-vf", "crop=iw/2:ih:0:0,scale=1080:1920:flags=lanczos,setsar=1"],
    ["-vf", "zoompan=z='min(zoom+0.0015,1.5)':d=125:s=1280x720", "-frames:v", "125"],
    ["-filter_complex", "xfade=transition=fade:duration=1:offset=2"],
    ["-vf", "curves=preset=vintage"],
]

REFUSED = [
    (["-i", "concat:/etc/passwd"], "-i"),
    (["-i", "/etc/passwd"], "-i"),
    (["-vf", "movie=/etc/passwd"], "movie"),
    (["-af", "amovie=/etc/passwd"], "amovie"),
    (["-filter_complex", "[0:v]null[a];movie=x.mp4[b];[a][b]overlay"], "movie"),
    (["-filter_complex", "null, movie=http\\://x/y [b]"], "backslash"),
    (["-filter_complex", "'movie=/etc/passwd'"], "movie"),
    (["-filter_complex", "m'ov'ie=/etc/passwd"], "movie"),
    (["-filter_complex", "[a]movie@x=/etc/passwd"], "movie"),
    (["-filter_complex_script", "/tmp/x"], "filter_complex_script"),
    (["-filter_script:v", "/tmp/x"], "filter_script"),
    (["-/filter_complex", "/tmp/x"], "Expected an option"),
    (["-f", "tee", "[f=mp4]a.mp4|b.mp4"], "-f"),
    (["tee:a|b"], "Expected an option"),
    (["file:/etc/passwd"], "Expected an option"),
    (["http://evil.example/x"], "Expected an option"),
    (["/tmp/out.mp4"], "Expected an option"),
    (["-attach", "/etc/passwd"], "attach"),
    (["-dump_attachment:t", "x"], "dump_attachment"),
    (["-passlogfile", "/tmp/x"], "passlogfile"),
    (["-pass", "1"], "pass"),
    (["-report"], "report"),
    (["-progress", "http://evil.example"], "progress"),
    (["-vstats_file", "/tmp/x"], "vstats_file"),
    (["-sdp_file", "/tmp/x"], "sdp_file"),
    (["-x264-params", "stats=/tmp/x"], "x264-params"),
    (["-x264opts", "qpfile=/etc/passwd"], "x264opts"),
    (["-protocol_whitelist", "file,http"], "protocol_whitelist"),
    (["-init_hw_device", "x"], "init_hw_device"),
    (["-y", "-n"], "-y"),
    (["-map_metadata", "/etc/passwd"], "map_metadata"),
    (["-map", "0:v /etc/passwd"], "map"),
    (["-movflags", "faststart+use_metadata_tags"], "movflags"),
    (["-c:v", "libx264 -attach /etc/passwd"], "codec"),
    (["-vf", "drawtext=textfile=/etc/passwd"], "names a file"),
    (["-vf", "drawtext= textfile =/etc/passwd"], "names a file"),
    (["-vf", "drawtext=/text=/etc/passwd"], "names a file"),
    (["-vf", "scale=/w=/etc/passwd"], "names a file"),
    (["-vf", "drawtext=/etc/fonts/x.ttf:text=a"], "names a file"),
    (["-vf", "drawtext=x.ttf:text=a"], "Name the options"),
    (["-vf", "subtitles=/etc/passwd"], "subtitles"),
    (["-vf", "ass=/etc/passwd"], "ass"),
    (["-vf", "lut3d=/etc/passwd"], "lut3d"),
    (["-vf", "curves=psfile=/etc/passwd"], "names a file"),
    (["-vf", "deshake=16:16:16:16:16:16:16:16:16:/tmp/log"], "Name the options"),
    (["-vf", "deshake=filename=/tmp/log"], "names a file"),
    (["-vf", "paletteuse=debug_kdtree=/tmp/x"], "names a file"),
    (["-vf", "selectivecolor=psfile=/etc/passwd"], "names a file"),
    (["-vf", "vidstabdetect=result=/tmp/x"], "vidstabdetect"),
    (["-vf", "psnr=stats_file=/tmp/x"], "psnr"),
    (["-vf", "metadata=print:file=/tmp/x"], "metadata"),
    (["-vf", "sendcmd=f=/etc/passwd"], "sendcmd"),
    (["-vf", "zmq=bind_address=tcp"], "zmq"),
    (["-vf", "frei0r=/tmp/evil.so"], "frei0r"),
    (["-af", "ladspa=/tmp/evil.so"], "ladspa"),
    (["-af", "lv2=x"], "lv2"),
    (["-af", "arnndn=m=/etc/passwd"], "arnndn"),
    (["-af", "sofalizer=sofa=/etc/passwd"], "sofalizer"),
    (["-vf", "removelogo=/etc/passwd"], "removelogo"),
    (["-vf", "dnn_processing=model=/tmp/x"], "dnn_processing"),
    (["-vf", "program_opencl=source=/etc/passwd"], "program_opencl"),
    (["-vf", "scale=1:1\n,movie=x"], "control characters"),
    (["-vf", "drawtext=text='open"], "not closed"),
    (["-vf", ""], "filter"),
    (["-vf"], "needs a value"),
    (["-an"] * 101, "At most"),
    (["-vf", "null," * 1000 + "null"], "At most"),
]


@pytest.mark.parametrize("arguments", ALLOWED, ids=lambda arguments: " ".join(arguments)[:50])
def test_what_editors_do_is_allowed(arguments: list[str]):
    """Speed, stabilising, noise, reverse, keying, text, cuts, sizes and formats."""
    check_arguments(arguments)


@pytest.mark.parametrize(("arguments", "named"), REFUSED, ids=lambda part: " ".join(part)[:50])
def test_what_leads_out_is_refused(arguments: list[str], named: str):
    """No file but ours is read or written, no code loaded, no network reached; the reason is named."""
    with pytest.raises(BadInput, match=named):
        check_arguments(arguments)
