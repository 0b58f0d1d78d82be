"""Looking for what would keep this installation from working."""

import socket
from typing import Final
from urllib.parse import urlsplit

import httpx2
from rich.console import Console
from rich.table import Table

from stepaside.models.language import LOCAL, UnknownModel, open_model, split_names
from stepaside.settings import Settings, SettingsError, load_settings
from stepaside.store.preflight import Check, check_database

_PATIENCE: Final = 5.0
"""Seconds for somebody else's server to answer."""


def examine() -> int:
    """Check everything and print a table. Returns 0 when all is well, else 1."""
    try:
        settings = load_settings()
    except SettingsError as error:
        return _show([Check(name="Settings", ok=False, detail=str(error))])
    checks = [
        Check(name="Settings", ok=True, detail="understood"),
        *_database(settings),
        check_port(settings),
        check_model(settings),
        check_email(settings),
    ]
    return _show(checks)


def check_port(settings: Settings) -> Check:
    """Check that the port is free, or that it is this program that has it."""
    name, where = "Port", f"{settings.host}:{settings.port}"
    try:
        family = socket.getaddrinfo(settings.host, settings.port)[0][0]
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as error:
        if _answers_as_stepaside(settings):
            return Check(name=name, ok=True, detail=f"{where}, Stepaside is running")
        return Check(
            name=name,
            ok=False,
            detail=f"{where}: {error.strerror or error}",
            advice="Stop what listens there, or set STEPASIDE_HOST and STEPASIDE_PORT.",
        )
    return Check(name=name, ok=True, detail=f"{where} is free")


def check_model(settings: Settings) -> Check:
    """Check that the models that were chosen are known here and have their keys."""
    names = split_names(settings.model)
    if names == [LOCAL]:
        return Check(name="Model", ok=True, detail="local; no data leaves")
    key = settings.model_api_key.get_secret_value() if settings.model_api_key else None
    http = httpx2.AsyncClient()
    try:
        for name in names:
            if name != LOCAL:
                open_model(name, http, base_url=settings.model_base_url, api_key=key)
    except UnknownModel as error:
        return Check(
            name="Model",
            ok=False,
            detail=str(error),
            advice="Correct STEPASIDE_MODEL or give its key, or leave it out.",
        )
    return Check(
        name="Model",
        ok=True,
        detail=f"{settings.model}; messages are sent to its provider",
    )


def check_email(settings: Settings) -> Check:
    """Check that a mail server answers, where one was named."""
    name = "E-mail"
    if settings.smtp_url is None:
        return Check(name=name, ok=True, detail="not set up; staff look in the desk")
    url = urlsplit(settings.smtp_url.get_secret_value())
    port = url.port or (465 if url.scheme == "smtps" else 587)
    where = f"{url.hostname}:{port}"
    try:
        socket.create_connection((url.hostname, port), timeout=_PATIENCE).close()
    except OSError as error:
        advice = "Start that server, or correct STEPASIDE_SMTP_URL."
        detail = f"{where}: {error.strerror or error}"
        return Check(name=name, ok=False, detail=detail, advice=advice)
    return Check(name=name, ok=True, detail=f"{where} answers")


def _database(settings: Settings) -> list[Check]:
    url = settings.database_url
    return check_database(
        data_dir=settings.data_dir / "postgres",
        database_url=url.get_secret_value() if url else None,
    )


def _answers_as_stepaside(settings: Settings) -> bool:
    request = b"GET /healthz HTTP/1.0\r\nHost: doctor\r\n\r\n"
    try:
        address = (settings.host, settings.port)
        with socket.create_connection(address, timeout=_PATIENCE) as asked:
            asked.sendall(request)
            return b'{"status":"ok"}' in asked.makefile("rb").read(10_000)
    except OSError:
        return False


def _show(checks: list[Check]) -> int:
    table = Table(box=None, pad_edge=False)
    for heading in ("", "What", "Found", "What to do"):
        table.add_column(heading, overflow="fold")
    for check in checks:
        mark = "[green]ok[/]" if check.ok else "[red]no[/]"
        table.add_row(mark, check.name, check.detail, check.advice)
    Console().print(table)
    return 0 if all(check.ok for check in checks) else 1
