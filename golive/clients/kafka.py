"""Kafka as the suite's own principal: sessions with a total deadline, typed errors, nothing left running."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from golive.clients import tls
from golive.clients.deadlines import client_deadline, loaded_first, within
from golive.clients.kafka_handshake import SYSTEM, greet, why_not
from golive.clients.secret import secret
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken, Unreachable
from golive.target import Target
from golive.waiting import Deadline

if TYPE_CHECKING:
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

T = TypeVar("T")
CLIENT_ID = "golive"


class Session:
    """The library's clients for one piece of work; each is opened when first used and closed with the session."""

    def __init__(self, settings: Mapping[str, Any], deadline: Deadline) -> None:
        self._settings, self.deadline = settings, deadline
        self._stack = contextlib.ExitStack()
        self.state = "logged in"
        """What is being done, in words, for the message of a deadline that passes."""
        self._admin: KafkaAdminClient | None = None

    def ask(self, question: Callable[[KafkaAdminClient], T]) -> T:
        """What the cluster answers to an administrative question.

        The library asks whichever broker it likes, also one that has just died and is still listed. A dead one is
        passed over for the next, as every client does; once none is left, the first one's error is raised.
        """
        from kafka import errors

        first: Exception | None = None
        while True:
            self.deadline.check(self.state)
            try:
                return question(self._administration())
            except errors.KafkaConnectionError as error:
                first = first or error
            except errors.NodeNotReadyError as error:
                raise first or error from error

    def _administration(self) -> KafkaAdminClient:
        from kafka import KafkaAdminClient

        if self._admin is None:
            self._admin = KafkaAdminClient(**self._common(), retry_backoff_ms=50)
            self._stack.callback(self._admin.close)
        return self._admin

    def producer(self) -> KafkaProducer:
        """A producer that waits for every replica in sync and never repeats a record by itself."""
        from kafka import KafkaProducer

        common = self._common()
        producer = KafkaProducer(
            **common,
            acks="all",
            retries=0,
            enable_idempotence=False,
            max_block_ms=self._left(),
            # Not read from the clock again: the library refuses a delivery timeout shorter than the request's.
            delivery_timeout_ms=common["request_timeout_ms"],
            linger_ms=0,
        )
        self._stack.callback(producer.close, timeout=1)
        return producer

    def consumer(self) -> KafkaConsumer:
        """A consumer without a group: it leaves nothing behind and disturbs nobody."""
        from kafka import KafkaConsumer

        consumer = KafkaConsumer(
            **self._common(),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            isolation_level="read_committed",  # what a transaction took back was never said
            fetch_max_wait_ms=100,
        )
        self._stack.callback(consumer.close, autocommit=False, timeout_ms=500)
        return consumer

    def close(self) -> None:
        """Close whatever was opened."""
        self._stack.close()

    def _left(self) -> int:
        self.deadline.check(self.state)
        return max(1, int(self.deadline.remaining * 1000))

    def _common(self) -> dict[str, Any]:
        left = self._left()
        return {
            **self._settings,
            "kafka_client": self._opened,
            "bootstrap_timeout_ms": left,
            "request_timeout_ms": max(left, 200),
            "reconnect_backoff_max_ms": 500,
        }

    def _opened(self, **settings: Any) -> Any:
        """The library's connections; kept, since a client that fails to start never closes them itself."""
        from kafka.net.compat import KafkaNetClient

        client = KafkaNetClient(**settings)
        self._stack.callback(client.close)
        return client


class KafkaClient:
    """Opens a session for each piece of work, so that what is seen is what is there now."""

    def __init__(self, target: Target) -> None:
        self.target, self.settings, self.limits = target, target.kafka, target.limits

    @property
    def place(self) -> str:
        """The bootstrap list."""
        return ",".join(self.settings.bootstrap)

    def greet(self) -> None:
        """Log in and out. Raises a typed error where that is not possible now."""
        greet(self.target)

    def unreachable(self, brokers: Iterable[str]) -> dict[str, str]:
        """Which of these brokers (``host:port``, as the cluster advertises them) do not let us log in, and why."""
        brokers = list(brokers)
        with ThreadPoolExecutor(max_workers=16) as pool:
            errors = pool.map(lambda broker: why_not(self.target, broker), brokers)
            return {broker: error for broker, error in zip(brokers, errors, strict=True) if error}

    def run(self, name: str, work: Callable[[Session], T], *, seconds: float | None = None) -> T:
        """The result of ``work`` on a session, within ``seconds`` (the target's limit for one operation, if None).

        Raises Unreachable, TimedOut, TlsFailed, CredentialsRefused or ProtocolBroken.
        """
        loaded_first("kafka", "kafka.net.compat", "kafka.net.sasl")
        deadline = client_deadline(SYSTEM, f"{name} at {self.place}", seconds or self.limits.operation)
        session = Session(self._connection(), deadline)

        def open_and_work() -> T:
            self.greet()
            with contextlib.closing(session):
                return work(session)

        with self._typed(name):
            return within(deadline, open_and_work, state=lambda: session.state)

    def _connection(self) -> dict[str, Any]:
        settings = self.settings
        return {
            "bootstrap_servers": list(settings.bootstrap),
            "client_id": CLIENT_ID,
            "security_protocol": "SASL_SSL" if settings.tls else "SASL_PLAINTEXT",
            "ssl_context": tls.context(SYSTEM, self.target.ca_file) if settings.tls else None,
            "sasl_mechanism": settings.mechanism,
            "sasl_plain_username": settings.username,
            "sasl_plain_password": secret(SYSTEM, "password of the suite's principal", settings.password),
        }

    @contextlib.contextmanager
    def _typed(self, name: str) -> Iterator[None]:
        from kafka import errors

        try:
            yield
        except (CannotEstablish, errors.KafkaConfigurationError):
            raise  # a wrong setting of ours is the suite's error, not the cluster's
        except (errors.AuthorizationError, errors.SaslAuthenticationFailedError) as error:
            raise CredentialsRefused(
                SYSTEM,
                f"{name}: {self.settings.username} may not: {_words(error)}",
                hint=f"kafka-acls --list --principal User:{self.settings.username}",
            ) from error
        except (errors.KafkaTimeoutError, errors.RequestTimedOutError, errors.NodeNotReadyError) as error:
            raise client_deadline(SYSTEM, f"{name} at {self.place}", self.limits.operation).expired(
                f"logged in, then {_words(error)}; are the advertised listeners reachable from here?"
            ) from error
        except errors.KafkaConnectionError as error:
            raise Unreachable(
                SYSTEM, f"{name}: the connection was lost: {_words(error)}", hint="the brokers' own logs say why"
            ) from error
        except (errors.KafkaError, ValueError, RuntimeError) as error:
            raise ProtocolBroken(
                SYSTEM, f"{name}: {_words(error)}", hint="the brokers' own logs at this moment say more"
            ) from error


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
