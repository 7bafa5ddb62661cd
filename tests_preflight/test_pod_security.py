"""T-7 days: pod security policies applied."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.t7d


@pytest.mark.item("security.pod_security")
def test_admission_refuses_what_the_level_forbids(pod_security, target, evidence):
    """Both namespaces MUST enforce the declared level: bad pods are refused when tried, and what runs complies.

    Hint: kubectl get namespace --show-labels; a namespace without the enforce label admits everything.
    """
    admissions, compliance = pod_security.admissions, pod_security.compliance
    evidence.add(*admissions, compliance)
    assert {each.namespace: each.enforced for each in admissions} == {
        target.cluster.application_namespace: target.cluster.pod_security,
        target.cluster.infrastructure_namespace: target.cluster.pod_security,
    }
    assert [each.tried for each in admissions] == [pod_security.expected, pod_security.expected]
    assert (compliance.pods > 0, compliance.breaches) == (True, ())
