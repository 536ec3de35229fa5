"""What may be known of a file that is evaluated."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.browser.protocol import CompositionSummary
from agent.domain import Asset, Expectation, ExportSettings, FrameSample
from agent.evaluation.brand_kit import BrandKit
from agent.evaluation.profiles import DEFAULT_PROFILE, Profile
from agent.media.analysis.values import Transcript


@dataclass(frozen=True)
class Subject:
    """All of it is optional: of a foreign file nothing is known."""

    summary: CompositionSummary | None = None
    export: ExportSettings | None = None
    request: str = ""
    expectation: Expectation = field(default_factory=Expectation)
    assets: tuple[Asset, ...] = ()
    samples: tuple[FrameSample, ...] = ()
    """The approved frames: what the file is to look like."""
    transcript: Transcript | None = None
    profile: Profile = DEFAULT_PROFILE
    brand: BrandKit | None = None

    @property
    def target_lufs(self) -> float | None:
        """The loudness that is wanted; None where the sound was to be left as it was composed."""
        if self.export is None:
            return self.profile.loudness_lufs
        return self.export.loudness.integrated_lufs if self.export.loudness else None
