"""Which data a command is about: this installation's, or the demo's beside it."""

from stepaside.core.errors import Refusal
from stepaside.settings import Settings
from stepaside.store.embedded.directory import existing_majors, locate


class NothingThere(Refusal):
    """There is no installation yet whose data a command could look at."""

    def __init__(self, settings: Settings) -> None:
        where = "The database" if settings.database_url else str(settings.data_dir)
        super().__init__(
            f"{where} holds nothing of Stepaside yet. `stepaside up` makes an "
            "installation; STEPASIDE_DATA_DIR or STEPASIDE_DATABASE_URL names another."
        )


def demo_of(settings: Settings) -> Settings:
    """Return the settings of the demo: always an embedded server of its own.

    So that it can be thrown away.
    """
    own = {"database_url": None, "data_dir": settings.data_dir / "demo"}
    return settings.model_copy(update=own)


def is_there(settings: Settings) -> bool:
    """Whether there is a database to look into, without making one."""
    if settings.database_url:
        return True
    return bool(existing_majors(locate(settings.data_dir / "postgres")))
