"""The page protocol, field by field as in `operator_ui/src/protocol.ts`; a contract test compares the two."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel
from pydantic.alias_generators import to_camel

PROTOCOL_VERSION = 1
EVENT_BINDING = "roughcutEvent"
FILE_INPUT_ID = "operator-files"
UPLOAD_PATH = "/uploads"

AssetKindName = Literal["video", "audio", "image", "captions", "font"]
ConsoleLevel = Literal["log", "info", "warn", "error"]
ErrorCode = Literal[
    "unknown_asset",
    "cannot_decode",
    "bad_request",
    "nothing_composed",
    "stale_fingerprint",
    "busy",
    "canceled",
    "digest_mismatch",
    "encode_failed",
    "storage_full",
]

# Programs can push events too, with any number in them.
_Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Message(BaseModel):
    """Snake case here, camel case on the wire. A newer page may say more; that is ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="ignore", frozen=True
    )


class GpuReport(Message):
    """What WebGL2 really runs on."""

    webgl2: bool
    renderer: str
    hardware: bool


class CodecReport(Message):
    """What really encoded or decoded a frame in this browser."""

    video_encode: tuple[str, ...]
    video_decode: tuple[str, ...]
    audio_encode: tuple[str, ...]
    audio_decode: tuple[str, ...]


class Description(Message):
    """Versions and abilities of page and browser."""

    protocol_version: int
    core_version: str
    typescript_version: str
    user_agent: str
    cross_origin_isolated: bool
    methods: tuple[str, ...]
    shapes: dict[str, tuple[str, ...]]
    gpu: GpuReport
    codecs: CodecReport
    fonts: tuple[str, ...]


class FromInput(Message):
    """The bytes are in an entry of the page's file input."""

    input: int


class FromUpload(Message):
    """The bytes are in a finished upload."""

    upload_id: str


class FontFace(Message):
    """How a font is to be called in programs."""

    family: str
    weight: str | None = None
    style: str | None = None


class AddAssetRequest(Message):
    """Open an asset under `name`. `sha256` is the original's, so that a proxy changes no fingerprint."""

    name: str
    kind: AssetKindName
    sha256: str
    from_: Annotated[FromInput | FromUpload, Field(alias="from")]
    font: FontFace | None = None


class ReceiveUploadRequest(Message):
    """A file that the agent offers in pieces at `UPLOAD_PATH/<upload_id>/<n>`."""

    upload_id: str
    name: str
    pieces: int
    size_bytes: int
    sha256: str


class AssetInfo(Message):
    """An asset as the page opened it."""

    name: str
    kind: AssetKindName
    sha256: str
    size_bytes: int
    duration_seconds: float | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    has_audio: bool | None = None


class Diagnostic(Message):
    """One fault of a program, 1-based; `code` is TypeScript's number, 0 for an exception."""

    line: int
    column: int
    code: int
    message: str
    suggestion: str | None = None


class CheckResult(Message):
    """What the type checker says."""

    ok: bool
    diagnostics: tuple[Diagnostic, ...]
    elapsed_seconds: float


class ComposeRequest(Message):
    """A whole program, and how long it may take."""

    source: str
    time_limit_seconds: float | None = None


class ConsoleLine(Message):
    """What the program printed."""

    level: ConsoleLevel
    text: str


class Box(Message):
    """Corners' bounding box in composition pixels."""

    x: float
    y: float
    width: float
    height: float


class Keyframes(Message):
    """What an animated key is when, in seconds of the composition."""

    key: str
    seconds: tuple[float, ...]
    values: tuple[float, ...]


class Cue(Message):
    """One caption, as it is grouped for the screen."""

    start_seconds: float
    end_seconds: float
    text: str


class ClipSummary(Message):
    """One clip of the composition."""

    type: str
    start_seconds: float
    end_seconds: float
    asset: str | None = None
    text: str | None = None
    box: Box | None = None
    font_size: float | None = None
    color: str | None = None
    opacity: float | None = None
    animated: tuple[str, ...]
    keyframes: tuple[Keyframes, ...] = ()
    transition: str | None = None
    transition_seconds: float | None = None
    volume: float | None = None
    peak_volume: float | None = None
    muted: bool | None = None
    fade_in_seconds: float | None = None
    fade_out_seconds: float | None = None
    disabled: bool | None = None
    source_start_seconds: float | None = None
    cues: tuple[Cue, ...] = ()
    rotation: float | None = None
    flipped: Literal["horizontal", "vertical", "both"] | None = None
    stretch: float | None = None
    filter: str | None = None


class LayerSummary(Message):
    """One layer; index 0 is the top."""

    index: int
    mode: Literal["DEFAULT", "SEQUENTIAL"]
    clips: tuple[ClipSummary, ...]


class Warning(Message):
    """Something that is allowed and probably not meant."""

    code: str
    message: str
    layer: int | None = None
    clip: int | None = None


class CompositionSummary(Message):
    """The composition, for a model to read."""

    width: int
    height: int
    duration_seconds: float
    background: str
    layers: tuple[LayerSummary, ...]
    warnings: tuple[Warning, ...]


class Composed(Message):
    """The program ran; the composition is its."""

    ok: Literal[True]
    fingerprint: str
    summary: CompositionSummary
    console: tuple[ConsoleLine, ...]


class Rejected(Message):
    """The program failed; the composition is what it was."""

    ok: Literal[False]
    reason: Literal["type_error", "exception", "time_limit", "empty"]
    diagnostics: tuple[Diagnostic, ...]
    console: tuple[ConsoleLine, ...]


class ComposeResult(RootModel[Annotated[Composed | Rejected, Field(discriminator="ok")]]):
    """Either of the two."""


class SampleRequest(Message):
    """Which frames, how wide."""

    fps: float | None = None
    times: tuple[float, ...] | None = None
    width: int | None = None
    frame_rate: float | None = None


class SampledFrame(Message):
    """A JPEG of the composition."""

    timestamp_seconds: float
    frame_index: int
    width: int
    height: int
    jpeg_base64: str


class SampleResult(Message):
    """Frames in order of time; the last frame of the composition is among them."""

    fingerprint: str
    frames: tuple[SampledFrame, ...]


class RenderRequest(Message):
    """How to encode the composition of that fingerprint."""

    fingerprint: str
    format: Literal["mp4", "webm", "mov"] | None = None
    codec: Literal["avc", "av1", "vp9", "vp8"] | None = None
    fps: float | None = None
    bitrate: int | None = None
    resolution: float | None = None
    audio: Literal["opus", "pcm", "none"] | None = None
    audio_bitrate: int | None = None
    license_key: str | None = Field(default=None, repr=False)


class RenderResult(Message):
    """A complete file on the browser's disk, and the wall time of each pass."""

    artifact_id: str
    size_bytes: int
    sha256: str
    mime_type: str
    width: int
    height: int
    frames: int
    duration_seconds: float
    has_audio: bool
    picture_seconds: float
    sound_seconds: float
    mux_seconds: float


class ShownIssue(Message):
    """An issue as people at the page see it."""

    message: str
    severity: str
    time_seconds: float | None = None
    suggested_fix: str | None = None


class ShownVerdict(Message):
    """A verdict as people at the page see it."""

    green_light: bool
    judged_by: str
    summary: str
    issues: tuple[ShownIssue, ...]


class PresentRequest(Message):
    """What the agent is doing, for people at the page."""

    prompt: str | None = None
    stage: str | None = None
    verdict: ShownVerdict | None = None
    diagnostics: tuple[Diagnostic, ...] | None = None
    """Of the last program, where the page itself was ended in the middle of it."""


class ProgressEvent(Message):
    """How far a stage is."""

    type: Literal["progress"]
    stage: Literal["check", "compose", "sample", "picture", "sound", "mux"]
    done: _Amount
    total: _Amount


class LogEvent(Message):
    """A line of the page's log."""

    type: Literal["log"]
    level: ConsoleLevel
    text: str


class OperatorEvent(RootModel[Annotated[ProgressEvent | LogEvent, Field(discriminator="type")]]):
    """What the page pushes by its binding."""
