"""The model that needs no key: rules that write the same Python and TypeScript as a real one."""

from agent.models.offline.model import OfflineModel
from agent.models.offline.supported import SUPPORTED_EDITS, supported_edits_text

__all__ = ["SUPPORTED_EDITS", "OfflineModel", "supported_edits_text"]
