"""Helm's own program: how it is called, and what is told of its words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from golive.clients.helm import HelmProgram
from golive.errors import NotDescribed, ProtocolBroken
from golive.target.rehearsal import Rehearsal


def program(tmp_path: Path, does: str, **settings: Any) -> HelmProgram:
    """A program that does this, by name helm."""
    helm = tmp_path / "helm"
    helm.write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
    helm.chmod(0o755)
    return HelmProgram(Rehearsal.model_validate({"helm": str(helm), **settings}))


def refused(tmp_path: Path, does: str, **settings: Any) -> str:
    with (tmp_path / "held").open("w") as held, pytest.raises(ProtocolBroken) as caught:
        program(tmp_path, does, **settings).rollback("desk", "markets", 3, held.fileno())
    return caught.value.message


def test_a_helm_that_is_not_there_is_named() -> None:
    with pytest.raises(NotDescribed, match="no program helm-of-nobody") as caught:
        _ = HelmProgram(Rehearsal(helm="helm-of-nobody")).program
    assert "[rehearsal]" in caught.value.hint


def test_helms_own_words_are_told_and_no_default_kubeconfig_is_used(tmp_path: Path) -> None:
    does = 'echo "$KUBECONFIG $HELM_DRIVER $*" >&2; exit 1'
    assert refused(tmp_path, does, kubeconfig=Path("/a/file"), context="b", wait=9) == (
        "helm rollback desk 3: /dev/null secret rollback desk 3 --namespace markets --kubeconfig=/a/file "
        "--kube-context=b --wait --timeout=9s"
    )


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("WARNING: the file is group-readable", "Error: timed out"), "Error: timed out"),
        (("Error: no such object", "and more of it"), "Error: no such object; and more of it"),
        (("first", "", "last"), "first; last"),
        ((), "it said nothing"),
    ],
)
def test_of_helms_words_its_error_is_told_without_what_it_warned_of(
    lines: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    says = "\n".join(lines)
    assert refused(tmp_path, f"cat >&2 <<'END'\n{says}\nEND\nexit 1") == f"helm rollback desk 3: {told}"
