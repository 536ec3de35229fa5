"""What of core's public surface no program for editing video needs: helpers, and hooks that core calls.

They can be looked up by their exact names, but are not among the chunks that a search chooses from.
"""

from __future__ import annotations

import re

from docs_index.corpus import Declaration, Member

_INTERNAL = frozenset(
    """
    AUDIO_LOOK_AHEAD AsyncMutex BaseSource Callback CaptionPresetDeserializer ClipDeserializer Constructor
    DateDeserializer Deserializer Detail ErrorEventDetail FONT_WEIGHTS FPS_INACTIVE HSL HandlerOptions
    MaskDeserializer MixinType RGB RemoveHandler Renderer SAFE_BROSER_FONTS Serializer TextPrimitive
    TextPrimitiveState Token TokenOptions VideoRendererInit VisualBase WebAudioDecoder abs arraymove assert
    assertNever binarySearchLessOrEqual blobToMonoBuffer bufferToF32Planar bufferToI16Interleaved
    canonicalTimeBase capitalize clamp debounce detectMimeType displayName fetchMimeType float
    floatTo16BitPCM frame groupBy hasVisualMixin hexWithOpacity insertModes int interleave
    isVisualMixinInstance matchFontStyle matchFontWeight mimeTypeToExtension randInt resampleBuffer
    restoreFonts roundTimestamp serializable sleep splitAt timeBase toHex transformText uuid
    """.split()  # noqa: SIM905  a block of names reads better than a list
)
_SHADOWED = frozenset({"sources/source/source.d.ts#SourceOptions", "masks/mask/mask.d.ts#Clip"})
"""Private types that are called like public ones."""
_HOOKS = frozenset(
    """
    ambientUpdate animate applied applyStyles clearCache connect deinitRenderer draw enter exit fromJSON init
    initRenderer initialized layout node state toJSON updateAudioRampingKeyframes verifyUpdate
    """.split()  # noqa: SIM905  as above
)
_DRAWS = re.compile(r"\w+: Renderer\)")


def is_internal(declaration: Declaration) -> bool:
    """Whether it is left out of the search."""
    return declaration.name in _INTERNAL or declaration.source.endswith(tuple(_SHADOWED))


def is_hook(member: Member) -> bool:
    """Whether core calls it while it draws or stores, and a program never does."""
    return member.name in _HOOKS or _DRAWS.search(member.signature) is not None
