"""What an installation is told from outside: its environment, read at the start."""

import difflib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from stepaside.core.errors import StepasideError

PREFIX: Final = "STEPASIDE_"
_READ_BY_OTHERS: Final = ("STEPASIDE_PYTHON",)
"""Meant for the start script, which runs before this program."""


class SettingsError(StepasideError):
    """The environment says something we do not understand; the message names it.

    Values are never part of the message: one of them may be a password.
    """


def load_settings(**given: Any) -> "Settings":
    """Read the environment. What is given by name wins over it.

    Raises:
        SettingsError: an unknown `STEPASIDE_…` name, or a value that breaks a rule.
    """
    if unknown := _unknown_names(os.environ):
        raise SettingsError(" ".join(unknown))
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingsError(" ".join(_broken_rules(error))) from None


def _database_url(value: SecretStr) -> SecretStr:
    """Refuse other databases; drop the driver that some frameworks want named."""
    url = re.sub(
        r"^postgres(ql)?(\+\w+)?://", "postgresql://", value.get_secret_value()
    )
    if not url.startswith("postgresql://"):
        raise ValueError("must be the URL of a PostgreSQL database: postgresql://…")
    return SecretStr(url)


def _smtp_url(value: SecretStr) -> SecretStr:
    if not re.match(r"smtps?://[^/]+", value.get_secret_value()):
        raise ValueError("must be like smtp://name:password@host:587 (or smtps://)")
    return value


def _long_enough(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < 32:
        raise ValueError("must have at least 32 characters")
    return value


def _http_url(value: str) -> str:
    if not re.fullmatch(r"https?://[^/\s?#]+[^\s?#]*", value):
        raise ValueError("must be like https://desk.example.com")
    return value.rstrip("/")


def _models(value: str) -> str:
    names = [name.strip() for name in value.split(",")]
    if not all(re.fullmatch(r"local|[a-z][a-z0-9_-]*:\S+", name) for name in names):
        raise ValueError(
            "must be local, or a provider and its model such as openai:gpt-5-mini; "
            "several with commas between them"
        )
    return ",".join(names)


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


HttpUrl = Annotated[str, AfterValidator(_http_url)]


class Settings(BaseSettings):
    """Each field is `STEPASIDE_` and its name in capitals; empty means not given.

    Durations end in `_seconds`. Secrets show as `**********` wherever they are printed.
    Use `load_settings`, which also refuses names that mean nothing.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        populate_by_name=True,
        validate_default=True,
    )

    database_url: Annotated[SecretStr, AfterValidator(_database_url)] | None = Field(
        default=None,
        validation_alias=AliasChoices("STEPASIDE_DATABASE_URL", "DATABASE_URL"),
    )
    """A PostgreSQL server to use. None: the embedded one, in `data_dir`."""
    migrate: bool = True
    """Prepare the database at each start. Off where an administrator does it, with
    `stepaside migrate`, and the URL here is of a role that may not."""
    database_pool: int = Field(default=20, ge=2, le=500)
    """Connections at most, per process; the worker and the live hub take 5 besides."""
    data_dir: Annotated[Path, AfterValidator(Path.expanduser)] = Path(
        "~/.local/share/stepaside"
    )
    """The embedded server's files; used for nothing else."""

    host: str = "127.0.0.1"
    """The address to listen on."""
    port: int = Field(default=8080, ge=0, le=65535)
    """0 takes a free one."""
    base_url: HttpUrl | None = None
    """How people and their browsers reach this, for links. None: host and port."""
    secret_key: Annotated[SecretStr, AfterValidator(_long_enough)] | None = None
    """Signs the links that claim a conversation. None: one is made and kept in the
    database. Sessions need none: they are random and stored."""

    model: Annotated[str, AfterValidator(_models)] = "local"
    """Who answers: `local`, or a provider and its model such as `openai:gpt-…`. Several
    with commas between them are asked in order until one answers; `local` as the last
    answers by quoting articles when no other does."""
    answers_across_languages: bool = True
    """Whether an article in another language than the question answers it. The local
    bot then quotes it as it is, after a line that says so; off, it is as if nothing
    were known. Language models translate, so with those leave it on."""
    model_base_url: HttpUrl | None = None
    """Another server that speaks the provider's protocol; for one provider only."""
    model_api_key: SecretStr | None = None
    """The provider's key; for one provider only. None: its own variable, such as
    `OPENAI_API_KEY`."""
    model_timeout_seconds: float = Field(default=12, gt=0, le=300)
    """One answer of one model may take this long."""
    model_daily_tokens: int | None = Field(default=None, ge=1)
    """Tokens an account may use per day in UTC. None: no limit. Once they are used up
    the bot counts as failed, unless `local` is among the models."""
    smtp_url: Annotated[SecretStr, AfterValidator(_smtp_url)] | None = None
    """Where e-mail leaves. None: none is sent, and staff see that it was not."""
    email_from: Annotated[
        str, Field(pattern=r"^[^\s<>]+@[^\s<>]+$|^[^<>]+ <[^\s<>]+@[^\s<>]+>$")
    ] = "Stepaside <stepaside@localhost>"
    """Whom e-mails come from; mail servers are particular about it."""
    email_reply_to: Annotated[str, Field(pattern=r"^([^\s<>]+@[^\s<>]+)?$")] = ""
    """Where answers to e-mails go; empty: to where they come from."""
    twilio_account_sid: Annotated[str, Field(pattern=r"^(AC[0-9a-f]{32})?$")] = ""
    """Text messages to staff leave through this Twilio account; with the next two."""
    twilio_auth_token: SecretStr | None = None
    """Its secret."""
    twilio_from: Annotated[
        str, Field(pattern=r"^(\+[1-9]\d{6,14}|MG[0-9a-f]{32})?$")
    ] = ""
    """A number of the account, such as +15005550006, or a messaging service, `MG…`."""
    twilio_base_url: HttpUrl = "https://api.twilio.com"
    """Another server that speaks the protocol, such as a region's."""
    allow_private_addresses: bool = False
    """Let inboxes, chats and browsers' push services be addresses inside the network;
    for accounts one trusts."""
    max_rules: int = Field(default=3, ge=3, le=50)
    """Handover rules a bot may have."""

    worker_concurrency: int = Field(default=10, ge=1, le=200)
    """Jobs at the same time, per process."""
    worker_poll_seconds: float = Field(default=0.2, gt=0, le=60)
    """A look at the queue besides the hints; jobs of one key wait up to this long."""
    worker_heartbeat_seconds: float = Field(default=5, gt=0, le=300)
    """How often a worker says that it is alive."""
    worker_stalled_seconds: float = Field(default=20, gt=0, le=3600)
    """Silence after which others take its jobs; at least two heartbeats."""
    recover_seconds: int = Field(default=5, ge=1, le=60)
    """How often somebody looks for such silence."""
    sweep_seconds: int = Field(default=15, ge=1, le=60)
    """How often somebody looks for turns, deliveries and timers left behind."""
    stop_seconds: float = Field(default=20, ge=0, le=600)
    """What is running when we are told to stop may take this long to finish."""

    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)
    ] = "info"
    """The least that is worth a line."""
    log_format: Annotated[
        Literal["auto", "console", "json"], BeforeValidator(_lower)
    ] = "auto"
    """`auto` writes for people on a terminal and JSON otherwise."""
    debug: bool = False
    """Show tracebacks on the command line."""

    @model_validator(mode="after")
    def _twilio_is_whole(self) -> Self:
        given = (self.twilio_account_sid, self.twilio_auth_token, self.twilio_from)
        if any(given) and not all(given):
            raise ValueError(
                "STEPASIDE_TWILIO_ACCOUNT_SID, STEPASIDE_TWILIO_AUTH_TOKEN and "
                "STEPASIDE_TWILIO_FROM must be given together"
            )
        return self

    @model_validator(mode="after")
    def _one_provider_gets_the_key(self) -> Self:
        """Nobody's key goes to somebody else, and no message to another's server."""
        names = [name for name in self.model.split(",") if ":" in name]
        providers = sorted({re.split("[:-]", name)[0] for name in names})
        given = [
            name
            for name in ("MODEL_BASE_URL", "MODEL_API_KEY")
            if getattr(self, name.lower())
        ]
        if given and len(providers) > 1:
            own = given[0].removeprefix("MODEL_")
            raise ValueError(
                f"{PREFIX}{given[0]} is for the models of one provider, but "
                f"{PREFIX}MODEL names several ({', '.join(providers)}): leave it out, "
                f"and set the variable of each provider, such as OPENAI_{own}"
            )
        return self

    @model_validator(mode="after")
    def _heartbeats_fit(self) -> Self:
        if self.worker_stalled_seconds < 2 * self.worker_heartbeat_seconds:
            raise ValueError(
                "STEPASIDE_WORKER_STALLED_SECONDS must be at least twice "
                "STEPASIDE_WORKER_HEARTBEAT_SECONDS"
            )
        return self


def known_names() -> tuple[str, ...]:
    """Return every name the environment may hold, in alphabetical order."""
    names = (f"{PREFIX}{field.upper()}" for field in Settings.model_fields)
    return tuple(sorted([*names, *_READ_BY_OTHERS]))


def _unknown_names(names: Iterable[str]) -> list[str]:
    known = known_names()
    found = []
    for name in sorted(names):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            nearest = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0)
            found.append(f"{name} is not a setting. Did you mean {nearest[0]}?")
    return found


def _broken_rules(error: ValidationError) -> list[str]:
    return [_sentence(one["loc"], one["msg"]) for one in error.errors()]


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    rule = message.removeprefix("Value error, ").rstrip(".")
    if not place:
        return f"{rule}."
    name = str(place[0]).upper()
    name = name if name.endswith("DATABASE_URL") else f"{PREFIX}{name}"
    return f"{name}: {rule[:1].lower()}{rule[1:]}."
