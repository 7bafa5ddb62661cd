"""Sign-off: four roles sign the ledger of the release, each with a key of their own."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.signoff


@pytest.mark.item("signoff.engineering_lead")
def test_engineering_lead_has_signed(sign_off, evidence):
    """The engineering lead MUST have signed the release's ledger as it stands, with the key that the role map names.

    Hint: golive decide says what there is to sign; then golive sign --role engineering_lead --gate close.
    """
    signature = sign_off.of("engineering_lead")
    evidence.add(signature)
    assert (signature.role, signature.ledger) == ("engineering_lead", sign_off.ledger)


@pytest.mark.item("signoff.product_owner")
def test_product_owner_has_signed(sign_off, evidence):
    """The product owner MUST have signed the release's ledger as it stands, with the key that the role map names.

    Hint: golive decide says what there is to sign; then golive sign --role product_owner --gate close.
    """
    signature = sign_off.of("product_owner")
    evidence.add(signature)
    assert (signature.role, signature.ledger) == ("product_owner", sign_off.ledger)


@pytest.mark.item("signoff.security_officer")
def test_security_officer_has_signed(sign_off, evidence):
    """The security officer MUST have signed the release's ledger as it stands, with the key that the role map names.

    Hint: golive decide says what there is to sign; then golive sign --role security_officer --gate close.
    """
    signature = sign_off.of("security_officer")
    evidence.add(signature)
    assert (signature.role, signature.ledger) == ("security_officer", sign_off.ledger)


@pytest.mark.item("signoff.operations_manager")
def test_operations_manager_has_signed(sign_off, evidence):
    """The operations manager MUST have signed the release's ledger as it stands, with the key that the role map names.

    Hint: golive decide says what there is to sign; then golive sign --role operations_manager --gate close.
    """
    signature = sign_off.of("operations_manager")
    evidence.add(signature)
    assert (signature.role, signature.ledger) == ("operations_manager", sign_off.ledger)
