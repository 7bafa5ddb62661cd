"""The first exchange with a Kafka broker: reachable, TLS, SASL. Each failure is told apart from the others.

kafka-python retries a refused password until its own deadline and then reports a time-out, so that a wrong
password and a dead broker look the same. This exchange asks once and takes the broker's word for it.
"""

from __future__ import annotations

import struct

from golive.clients import tls
from golive.clients.deadlines import client_deadline, loaded_first
from golive.clients.secret import secret
from golive.clients.wire import Wire
from golive.errors import CannotEstablish, CredentialsRefused
from golive.target import Target
from golive.waiting import Deadline

SYSTEM = "kafka"
_SASL_HANDSHAKE, _SASL_AUTHENTICATE = 17, 36
_SHORTEST_ANSWER, _LONGEST_ANSWER = 6, 100_000
_UNSUPPORTED_MECHANISM, _AUTHENTICATION_FAILED = 33, 58


def greet(target: Target) -> None:
    """Log in to the first broker of the bootstrap list that lets us.

    Raises the error of the broker that came furthest: CredentialsRefused, else TlsFailed, ProtocolBroken, TimedOut,
    else Unreachable.
    """
    errors: list[CannotEstablish] = []
    loaded_first("kafka.net.sasl")
    total = client_deadline(SYSTEM, "logging in", target.limits.operation)
    for broker in target.kafka.bootstrap:
        seconds = min(target.limits.connect, total.remaining)
        try:
            _log_in(target, broker, client_deadline(SYSTEM, f"logging in at {broker}", seconds))
        except CannotEstablish as error:
            errors.append(error)
        else:
            return
    order = ("credentials", "tls", "protocol", "timeout", "unreachable")
    raise min(errors, key=lambda error: order.index(error.reason))


def why_not(target: Target, broker: str) -> str:
    """The reason code for which that broker does not let us log in within ``limits.connect``; empty where it does.

    Raises CredentialsRefused: that is nothing of the broker's.
    """
    loaded_first("kafka.net.sasl")
    try:
        _log_in(target, broker, client_deadline(SYSTEM, f"logging in at {broker}", target.limits.connect))
    except CredentialsRefused:
        raise
    except CannotEstablish as error:
        return str(error.reason)
    return ""


def _log_in(target: Target, broker: str, deadline: Deadline) -> None:
    host, _, port = broker.rpartition(":")
    with Wire(SYSTEM, host.strip("[]"), int(port), deadline) as wire:
        if target.kafka.tls:
            wire.secure(tls.context(SYSTEM, target.ca_file))
        _agree_on_mechanism(wire, target.kafka.mechanism)
        _authenticate(wire, target)


def _agree_on_mechanism(wire: Wire, mechanism: str) -> None:
    answer = _ask(wire, _SASL_HANDSHAKE, 1, 1, _string(mechanism), "a SASL handshake")
    (code,) = struct.unpack_from("!h", answer)
    if code == _UNSUPPORTED_MECHANISM:
        raise CredentialsRefused(
            SYSTEM,
            f"{wire.place} does not offer {mechanism}",
            hint="kafka.mechanism in the target, sasl.enabled.mechanisms on the broker",
        )
    if code:
        raise wire.broken(f"error {code} to a SASL handshake", "agreement on the mechanism")


def _authenticate(wire: Wire, target: Target) -> None:
    from kafka.net.sasl import get_sasl_mechanism

    settings = target.kafka
    mechanism = get_sasl_mechanism(settings.mechanism)(
        host=wire.host,
        sasl_mechanism=settings.mechanism,
        sasl_plain_username=settings.username,
        sasl_plain_password=secret(SYSTEM, "password of the suite's principal", settings.password),
    )
    while not mechanism.is_done():
        token = mechanism.auth_bytes()
        answer = _ask(wire, _SASL_AUTHENTICATE, 2, 0, struct.pack("!i", len(token)) + token, "the suite's credentials")
        code, said, reply = _authenticate_answer(wire, answer)
        if code:
            raise CredentialsRefused(
                SYSTEM,
                f"{wire.place} refused {settings.username} by {settings.mechanism}: {said or f'error {code}'}",
                hint=f"compare the principal's password with {settings.password.source}",
            )
        try:
            mechanism.receive(reply)
        except (ValueError, KeyError) as error:
            raise wire.broken(f"what is not {settings.mechanism} ({error})", "the mechanism's next message") from error
    if not mechanism.is_authenticated():
        raise wire.broken("an unfinished SASL exchange", "its end")


def _ask(wire: Wire, api: int, correlation: int, version: int, body: bytes, what: str) -> bytes:
    request = struct.pack("!hhi", api, version, correlation) + _string("golive") + body
    wire.send(struct.pack("!i", len(request)) + request, what)
    (length,) = struct.unpack("!i", wire.receive(4))
    if not _SHORTEST_ANSWER <= length <= _LONGEST_ANSWER:
        raise wire.broken(f"a message of {length} bytes", "an answer of Kafka's protocol")
    answer = wire.receive(length)
    if struct.unpack_from("!i", answer)[0] != correlation:
        raise wire.broken("to another request than was asked", "the request's correlation id")
    return answer[4:]


def _authenticate_answer(wire: Wire, answer: bytes) -> tuple[int, str, bytes]:
    """Error code, error message and the mechanism's bytes of a SaslAuthenticate answer, version 0."""
    try:
        code, length = struct.unpack_from("!hh", answer)
        said = answer[4 : 4 + max(length, 0)]
        (size,) = struct.unpack_from("!i", answer, 4 + max(length, 0))
    except struct.error as error:
        raise wire.broken(f"{len(answer)} bytes to the suite's credentials", "a SaslAuthenticate answer") from error
    return code, said.decode("utf-8", "replace"), answer[len(answer) - max(size, 0) :] if size > 0 else b""


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("!h", len(data)) + data
