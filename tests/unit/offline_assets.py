"""Facts about assets, as the offline model reads them from a task."""

from agent.domain import AssetKind
from agent.models.offline.task import AssetFacts

CLIP = AssetFacts("clip.mp4", AssetKind.VIDEO, 8.0, 640, 360, 30.0, True)
SECOND = AssetFacts("second.mp4", AssetKind.VIDEO, 4.0, 640, 360, 30.0, True)
SILENT = AssetFacts("silent.mp4", AssetKind.VIDEO, 4.0, 360, 640, 30.0, False)
MUSIC = AssetFacts("music.mp3", AssetKind.AUDIO, 3.0, has_audio=True)
LOGO = AssetFacts("logo.png", AssetKind.IMAGE, None, 400, 200)
ONE, TWO = (AssetFacts(f"{name}.jpg", AssetKind.IMAGE, None, 800, 600) for name in ("one", "two"))
WORDS = AssetFacts("words.json", AssetKind.CAPTIONS, 4.0)
EVERYTHING = (CLIP, SECOND, MUSIC, LOGO, WORDS)
