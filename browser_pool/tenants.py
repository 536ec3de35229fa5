"""Who uses the pool."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tenant:
    """The owner of an API key and of the sessions created with it."""

    name: str
    max_sessions: int | None = None
    """At once, those in the queue included; None: as many as the node has slots."""
    admin: bool = False
    """May see and release everybody's sessions, and drain the node."""

    def owns(self, tenant_name: str) -> bool:
        """Whether sessions of *tenant_name* are this one's to use."""
        return self.admin or self.name == tenant_name
