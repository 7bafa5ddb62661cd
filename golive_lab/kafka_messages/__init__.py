"""Requests of Kafka's protocol that kafka-python lacks; their schemas, in Kafka's own notation, stand beside this."""

from __future__ import annotations

from kafka.protocol.api_message import ApiMessage


class UnregisterBrokerRequest(ApiMessage, load_json=__name__):  # type: ignore[call-arg,misc] # published without types
    """Has the cluster forget a broker that is gone for good."""


class UnregisterBrokerResponse(ApiMessage, load_json=__name__):  # type: ignore[call-arg,misc] # published without types
    """Zero, or why not."""
