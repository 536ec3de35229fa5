"""Which ffmpeg options a model may use: an allow-list of options, codecs and filters; no path, no protocol.

The inputs and the output are named by us, so that nothing in the arguments has to be a file. Filters that
open files, sockets or libraries of their own are not on the list, nor are such options of others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agent.errors import BadInput

OUTPUT_SUFFIXES = frozenset(
    {
        ".mp4",
        ".mov",
        ".mkv",
        ".webm",
        ".wav",
        ".mp3",
        ".m4a",
        ".flac",
        ".ogg",
        ".opus",
        ".png",
        ".jpg",
        ".gif",
    }
)
MOST_ARGUMENTS = 100
LONGEST_ARGUMENT = 4000

_NUMBER = r"-?\d+(\.\d+)?"
_TIME = rf"({_NUMBER}|(\d+:)?\d{{1,2}}:\d{{2}}(\.\d+)?)"
_VALUES = {
    "map": r"-?\d{1,2}(:[vas](:\d{1,2})?)?\??|\[[A-Za-z0-9_]+\]",
    "ss": _TIME, "t": _TIME, "to": _TIME, "itsscale": _NUMBER,
    "r": r"\d+(\.\d+)?(/\d+)?", "fps_mode": "cfr|vfr|passthrough", "vsync": "cfr|vfr|passthrough|0|1|2",
    "frames": r"\d+", "s": r"\d+x\d+", "aspect": r"\d+(\.\d+)?(:\d+)?", "pix_fmt": r"[a-z0-9]+",
    "crf": _NUMBER, "preset": "[a-z]+", "tune": "[a-z]+", "profile": "[a-z0-9_.]+", "level": r"[\d.]+",
    "b": r"\d+(\.\d+)?[kM]?", "maxrate": r"\d+[kM]?", "bufsize": r"\d+[kM]?", "q": _NUMBER, "g": r"\d+",
    "bf": r"\d+", "ar": r"\d+", "ac": r"\d{1,2}", "loop": r"-?\d+", "map_metadata": "-1",
    "map_chapters": "-1", "movflags": r"\+?faststart", "shortest_buf_duration": _NUMBER,
    "row-mt": "[01]", "cpu-used": r"-?\d+", "deadline": "good|best|realtime", "compression_level": r"\d+",
}  # fmt: skip
_FLAGS = frozenset({"an", "vn", "sn", "dn", "shortest"})
_FILTERS_OF = frozenset({"vf", "af", "filter", "filter_complex", "lavfi"})
_CODEC_OF = frozenset({"c", "codec", "vcodec", "acodec"})
_CODECS = frozenset(
    """
    copy libx264 libx265 libvpx libvpx-vp9 libaom-av1 libsvtav1 prores_ks mjpeg png gif ffv1
    aac libopus libvorbis libmp3lame flac alac pcm_s16le pcm_s24le pcm_f32le
    """.split()  # noqa: SIM905  a block of words reads better than a list
)
_FILTERS = frozenset(
    """
    acompressor acopy acrossfade adeclick adeclip adelay aecho aevalsrc afade afftdn aformat
    alimiter aloop amerge amix anequalizer anlmdn anoisesrc anull anullsrc apad aresample areverse
    aselect asetnsamples asetpts asetrate asplit atadenoise atempo atrim avgblur bandpass bandreject
    bass bilateral blend boxblur bwdif cas channelmap channelsplit chorus chromahold chromakey
    chromanr chromashift color colorbalance colorchannelmixer colorchart colorcontrast colorcorrect
    colorhold colorize colorkey colorlevels colorspace colortemperature compand concat copy crop
    crossfeed curves deband deblock deesser deflicker delogo deshake despill dialoguenhance dilation
    drawbox drawgrid drawtext dynaudnorm edgedetect eq equalizer erosion exposure extrastereo fade
    fftdnoiz field fieldorder fillborders format fps framerate framestep freezeframes gblur gradfun
    gradients grayworld greyedge hflip highpass highshelf histeq hqdn3d hstack hue huesaturation
    join lagfun lenscorrection limiter loop loudnorm lowpass lowshelf lumakey lut lutrgb lutyuv
    maskedmerge median minterpolate mix monochrome mpdecimate negate nlmeans noise normalize null
    nullsrc overlay pad palettegen paletteuse pan perspective pixelize premultiply prewitt random
    removegrain reverse rgbashift rotate scale scale2ref scroll select selectivecolor setdar setpts
    setrange setsar settb shear showspectrum showvolume showwaves shuffleframes sidechaincompress
    sidechaingate silenceremove sine smartblur smptebars smptehdbars sobel speechnorm split spp
    stereotools stereowiden swaprect swapuv tblend testsrc testsrc2 thumbnail tile tmedian tmix
    tonemap tpad transpose treble tremolo trim unpremultiply unsharp v360 vaguedenoiser vflip
    vibrance vibrato vignette virtualbass volume vstack w3fdif xfade xmedian xstack yadif zoompan
    zscale
    """.split()  # noqa: SIM905  a block of words reads better than a list
)
_FILES = frozenset(
    {"axisfile", "debug_kdtree", "file", "filename", "fontfile", "plot", "psfile", "stats_file", "textfile"}
)
"""Options of allowed filters that name files, as `ffmpeg -h filter=…` lists them."""
_NAMED_ONLY = frozenset({"curves", "deshake", "drawtext", "paletteuse", "selectivecolor"})
"""Filters that have such an option: theirs must be named, so that none is meant by its place."""
_OPTION = re.compile(r"-([a-z][a-z0-9_-]*)((?::[a-z0-9]+)*)")
_OPTION_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LABELS = re.compile(r"^(?:\[[A-Za-z0-9_:]+\]\s*)*|(?:\s*\[[A-Za-z0-9_:]+\])*$")


def check_arguments(arguments: Sequence[str]) -> None:
    """Raises `BadInput` that names the first argument that is not allowed, and what is."""
    if len(arguments) > MOST_ARGUMENTS or any(len(argument) > LONGEST_ARGUMENT for argument in arguments):
        raise BadInput(f"At most {MOST_ARGUMENTS} arguments of {LONGEST_ARGUMENT} characters can be used.")
    rest = iter(arguments)
    for argument in rest:
        option = _OPTION.fullmatch(argument)
        if option is None:
            raise BadInput(
                f"Expected an option, got {argument!r}.",
                hint="Give options and their values only; inputs and output are arguments of their own.",
            )
        _check_option(option[1], rest)


def check_filters(graph: str) -> None:
    """Raises `BadInput` for a filtergraph with a filter or an option that is not allowed, or with escapes."""
    if "\\" in graph or not graph.isprintable():
        raise BadInput(
            "A filtergraph with a backslash or control characters cannot be used.",
            hint="Quote a value that holds commas with single quotes; a colon cannot be in a value.",
        )
    for text in _filters_in(graph):
        _check_filter(text)


def _check_option(name: str, rest: Iterator[str]) -> None:
    if name in _FLAGS:
        return
    if name not in _VALUES and name not in _FILTERS_OF and name not in _CODEC_OF:
        raise BadInput(f"The ffmpeg option -{name} is not allowed.", hint=_allowed_options())
    value = next(rest, None)
    if value is None:
        raise BadInput(f"-{name} needs a value.")
    if name in _FILTERS_OF:
        check_filters(value)
    elif name in _CODEC_OF:
        if value not in _CODECS:
            raise BadInput(
                f"The codec {value!r} is not allowed.", hint=f"Use one of {', '.join(sorted(_CODECS))}."
            )
    elif not re.fullmatch(_VALUES[name], value):
        raise BadInput(f"-{name} {value!r} is not allowed.", hint=f"Expected {_VALUES[name]}.")


def _allowed_options() -> str:
    return "Allowed are " + ", ".join(
        f"-{name}" for name in sorted({*_VALUES, *_FLAGS, *_FILTERS_OF, *_CODEC_OF})
    )


def _filters_in(graph: str) -> Iterator[str]:
    """Each filter with its options, quotes taken off as ffmpeg does it; labels are left out."""
    text, quoted, start = "", False, True
    for letter in graph:
        if letter == "'":
            quoted = not quoted
        elif letter in ",;" and not quoted:
            yield _LABELS.sub("", text.strip())
            text, start = "", True
        else:
            # Inside quotes a bracket is no label: it is replaced by a letter that labels cannot hold.
            text += "(" if quoted and letter in "[]" else letter
            start = False
    if quoted:
        raise BadInput("A quote in the filtergraph is not closed.")
    if not start or not text:
        yield _LABELS.sub("", text.strip())


def _check_filter(text: str) -> None:
    name, equals, options = text.partition("=")
    name = name.strip().partition("@")[0]
    if name not in _FILTERS:
        raise BadInput(
            f"The filter {name!r} is not allowed.",
            hint=f"Use one of {', '.join(sorted(_FILTERS))}; other assets are inputs, named [1:v] and so on.",
        )
    if not equals:
        return
    for option in options.split(":"):
        _check_filter_option(name, option)


def _check_filter_option(name: str, option: str) -> None:
    key, named, _ = option.partition("=")
    key = key.strip()
    # A slash before an option's name has newer versions read its value from a file.
    if key.startswith("/") or (named and key in _FILES):
        raise BadInput(f"{option!r} of the filter {name} names a file; that is not allowed.")
    if name in _NAMED_ONLY and not (named and _OPTION_NAME.fullmatch(key)):
        raise BadInput(f"Name the options of the filter {name}: {option!r} is meant by its place.")
