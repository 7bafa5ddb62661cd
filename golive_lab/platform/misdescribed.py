"""The OpenAPI document as a fault has it, in place of the true one."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from golive_lab.images import EARLIER_RELEASE


def misdescribed(document: dict[str, Any], faults: Container[str]) -> dict[str, Any]:
    """The document, changed by each fault that is in force."""
    paths: dict[str, Any] = document["paths"]
    curves = next((path for path in paths if path.endswith("/curves")), next(iter(paths)))
    if "document_lacks_an_operation" in faults:
        del paths[curves]
    if "document_has_no_such_operation" in faults:
        described = {"operationId": "get_forecasts", "responses": {"200": {"description": "Forecasts"}}}
        paths[f"{curves.rpartition('/markets/')[0]}/forecasts"] = {"get": described}
    if "document_is_invalid" in faults:
        paths[curves]["get"]["responses"] = "curves"
    if "document_is_old" in faults:
        document["info"]["version"] = EARLIER_RELEASE
    return document
