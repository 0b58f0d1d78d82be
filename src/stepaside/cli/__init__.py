"""The command line: options here, what the commands do in the modules beside.

Exit status: 0 done, 1 refused or failed with one clear line, 2 wrong usage.
"""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

# ruff: noqa: PLC0415 - a command imports what it needs when called: --help is instant

app = typer.Typer(
    help="A conversational AI that knows when to step aside for a real person.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
account = typer.Typer(help="Open accounts for businesses.", no_args_is_help=True)
app.add_typer(account, name="account")

Host = Annotated[str | None, typer.Option(help="Address to listen on.")]
Port = Annotated[
    int | None, typer.Option(help="Port to listen on; 0 takes a free one.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def main() -> None:
    """Run the command line, and end the process with its exit status."""
    try:
        app(prog_name="stepaside")
    except Exception as error:  # noqa: BLE001 - shown in one line
        from stepaside.cli.errors import report

        sys.exit(report(error))


@app.command()
def up(host: Host = None, port: Port = None) -> None:
    """Run everything in one process: web, worker, and the database if none is given."""
    _serve(web=True, worker=True, host=host, port=port)


@app.command()
def web(host: Host = None, port: Port = None) -> None:
    """Run the web server alone: API, desk and widget. Start as many as you like."""
    _serve(web=True, worker=False, host=host, port=port)


@app.command()
def worker() -> None:
    """Run a worker alone: jobs and timers. Start as many as you like."""
    _serve(web=False, worker=True)


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End when it has been played.")
    ] = False,
    as_json: Json = False,
) -> None:
    """See it work: an invented bank and real customers' messages, in 20 seconds."""
    from stepaside.cli.demo import demo

    demo(_settings(quiet=True), once=once, as_json=as_json)


@app.command()
def migrate() -> None:
    """Bring the database to this version. Safe beside others, and to repeat."""
    from stepaside.cli.upkeep import migrate

    migrate(_settings())


@account.command()
def create(
    name: Annotated[str, typer.Option(help="The business's name.")],
    email: Annotated[str, typer.Option(help="The owner's e-mail address.")],
    owner: Annotated[str, typer.Option(help="The owner's name.")] = "",
    time_zone: Annotated[str, typer.Option(help="As in Europe/Berlin.")] = "UTC",
    as_json: Json = False,
) -> None:
    """Open an account; prints a login link and an API key, this once."""
    from stepaside.cli.accounts import open_account

    open_account(
        _settings(),
        name=name,
        email=email,
        owner=owner,
        time_zone=time_zone,
        as_json=as_json,
    )


@app.command()
def doctor() -> None:
    """Look for what would keep this installation from working, and say what to do."""
    from stepaside.cli.doctor import examine

    raise typer.Exit(examine())


@app.command()
def detect(
    file: Annotated[
        str, typer.Argument(help="Conversations, one a line; - reads stdin.")
    ],
    knowledge: Annotated[
        Path | None, typer.Option(help="Knowledge by id, one a line.")
    ] = None,
) -> None:
    """Decide about transcripts in bulk, for measuring. No database, no network."""
    from stepaside.cli.detect import detect

    detect(file, knowledge)


@app.command(name="eval")
def evaluate(
    file: Annotated[
        list[Path] | None,
        typer.Argument(help="Labelled files; none: the sets that ship."),
    ] = None,
    knowledge: Annotated[
        Path | None, typer.Option(help="Knowledge by id, one a line.")
    ] = None,
    threshold: Annotated[float, typer.Option(help="Where a detector acts.")] = 0.5,
    limits: Annotated[
        Path | None, typer.Option(help="JSON: what is wanted; exit 1 where worse.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure the detectors on labelled files: what they find and what they miss."""
    from stepaside.cli.evaluate import evaluate

    raise typer.Exit(
        evaluate(
            file or [],
            knowledge=knowledge,
            threshold=threshold,
            limits=limits,
            json_only=as_json,
        )
    )


@app.command()
def explain(
    turn: Annotated[str, typer.Argument(help="The id of a decision or of a message.")],
    account_id: Annotated[
        str | None,
        typer.Option("--account", help="Whose it is; found out if left out."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what was decided about a turn, by what evidence, rule and versions."""
    from stepaside.cli.explain import explain

    explain(_settings(), turn, account_id=account_id, as_json=as_json)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to; must not exist.")],
) -> None:
    """Write everything to one file, consistent, while everything goes on running."""
    from stepaside.cli.upkeep import backup

    backup(_settings(), file)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Also where accounts are; they are lost.")
    ] = False,
) -> None:
    """Bring back what `backup` wrote, as a whole or not at all. Stop all else first."""
    from stepaside.cli.upkeep import restore

    restore(_settings(), file, replace=replace)


def _settings(*, quiet: bool = False, **given: Any) -> Any:
    """Read the settings, and write the log as they say.

    quiet: only warnings, unless more was asked for.
    given: what wins over the environment; None leaves it to the environment.
    """
    from stepaside.cli.logs import configure_logs
    from stepaside.settings import load_settings

    named = {name: value for name, value in given.items() if value is not None}
    settings = load_settings(**named)
    if quiet and "log_level" not in settings.model_fields_set:
        settings = settings.model_copy(update={"log_level": "warning"})
    configure_logs(settings)
    return settings


def _serve(
    *, web: bool, worker: bool, host: str | None = None, port: int | None = None
) -> None:
    from stepaside.cli.serving import serve

    serve(_settings(host=host, port=port), web=web, worker=worker)
