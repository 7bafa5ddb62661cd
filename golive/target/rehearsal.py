"""What a rehearsal on a target moves releases by."""

from __future__ import annotations

from pathlib import Path

from golive.target.base import NonEmpty, Seconds, Section


class Rehearsal(Section):
    """How ``golive rehearse`` rolls back and forward; only where the target is no production and grants disrupt."""

    kubeconfig: Path | None = None
    """Of whoever may deploy the application. helm alone reads it, so that no run but a rehearsal needs it; without, the
    pod's service account."""
    context: NonEmpty | None = None
    helm: NonEmpty = "helm"
    """The program, by its name on PATH or its path."""
    wait: Seconds = 300
    """For one rollback: its hooks and its roll-out."""
