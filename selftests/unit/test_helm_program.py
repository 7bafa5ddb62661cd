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


HISTORY = (
    """[{"revision": 9, "updated": "2026-11-26T10:00:00.5Z"}, {"revision": 10, "updated": "2026-11-26T11:00:00Z"}]"""
)


def test_the_newest_revision_is_the_one_where_its_own_kubeconfig_leads(tmp_path: Path) -> None:
    found = program(tmp_path, f"echo '{HISTORY}'; echo \"$*\" >{tmp_path}/told", context="b").newest("desk", "markets")
    assert found == (10, "2026-11-26T11:00:00Z")
    assert (tmp_path / "told").read_text(encoding="utf-8") == (
        "history desk --namespace markets --kube-context=b --max=1 --output=json\n"
    )


def test_a_release_that_helm_does_not_know_is_none(tmp_path: Path) -> None:
    assert program(tmp_path, "echo 'Error: release: not found' >&2; exit 1").newest("desk", "markets") is None


@pytest.mark.parametrize(
    ("does", "words"),
    [
        ("echo 'Error: secrets is forbidden' >&2; exit 1", "helm history desk: Error: secrets is forbidden"),
        ("echo '[]'", "gave no revision"),
        ("echo REVISION", "gave no revision"),
        ("""echo '[{"number": 1}]'""", "gave no revision"),
    ],
)
def test_a_history_that_cannot_be_read(does: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ProtocolBroken, match=words):
        program(tmp_path, does).newest("desk", "markets")
