"""The environment is read once; what is not understood stops the start."""

import pytest

from stepaside.settings import SettingsError, known_names, load_settings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*known_names(), "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_without_any_setting_it_listens_on_this_machine_only() -> None:
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.database_url is None
    assert settings.model == "local"


def test_a_setting_is_its_name_in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPASIDE_PORT", "9000")
    monkeypatch.setenv("STEPASIDE_BASE_URL", "https://desk.example.com/")
    settings = load_settings()
    assert settings.port == 9000
    assert settings.base_url == "https://desk.example.com"


def test_an_empty_setting_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPASIDE_DATABASE_URL", "")
    monkeypatch.setenv("STEPASIDE_PORT", "")
    assert load_settings().database_url is None
    assert load_settings().port == 8080


def test_what_the_caller_gives_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPASIDE_PORT", "9000")
    assert load_settings(port=0).port == 0


def test_the_usual_name_of_a_database_counts_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://cy@db/usual")
    assert secret(load_settings().database_url) == "postgresql://cy@db/usual"
    monkeypatch.setenv("STEPASIDE_DATABASE_URL", "postgresql+psycopg://cy@db/ours")
    assert secret(load_settings().database_url) == "postgresql://cy@db/ours"


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("STEPASIDE_DATABSE_URL", "STEPASIDE_DATABASE_URL"),
        ("STEPASIDE_LISTEN_PORT", "STEPASIDE_PORT"),
        ("stepaside_hots", "STEPASIDE_HOST"),
    ],
)
def test_an_unknown_setting_stops_the_start_and_names_the_nearest(
    monkeypatch: pytest.MonkeyPatch, wrong: str, meant: str
) -> None:
    monkeypatch.setenv(wrong, "hunter2")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert wrong in str(refused.value)
    assert meant in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_what_the_start_script_reads_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPASIDE_PYTHON", "python3.12")
    load_settings()


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("STEPASIDE_PORT", "hunter2", "integer"),
        ("STEPASIDE_PORT", "65536", "65535"),
        ("STEPASIDE_DATABASE_URL", "mysql://cy:hunter2@db/x", "PostgreSQL"),
        ("DATABASE_URL", "mysql://cy:hunter2@db/x", "PostgreSQL"),
        ("STEPASIDE_SMTP_URL", "cy:hunter2@mail", "smtp://"),
        ("STEPASIDE_SECRET_KEY", "hunter2", "32 characters"),
        ("STEPASIDE_BASE_URL", "desk.example.com/hunter2", "https://"),
        ("STEPASIDE_MODEL", "hunter2 ", "openai:gpt"),
        ("STEPASIDE_MAX_RULES", "2", "3"),
        ("STEPASIDE_LOG_LEVEL", "hunter2", "warning"),
    ],
)
def test_a_wrong_value_is_named_by_its_setting_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, word: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert name in str(refused.value)
    assert word in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_worker_gets_two_heartbeats_before_it_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STEPASIDE_WORKER_STALLED_SECONDS", "9")
    with pytest.raises(SettingsError, match="STEPASIDE_WORKER_STALLED_SECONDS"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("API_KEY", "sk-of-openai"), ("BASE_URL", "http://127.0.0.1:8000/v1")],
)
def test_one_provider_s_key_and_address_are_given_to_no_other(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"STEPASIDE_MODEL_{name}", value)
    monkeypatch.setenv("STEPASIDE_MODEL", "openai:a,openai-responses:b,local")
    assert load_settings().model.endswith("local")
    monkeypatch.setenv("STEPASIDE_MODEL", "openai:a,anthropic:b,local")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    said = str(refused.value)
    assert f"STEPASIDE_MODEL_{name} is for the models of one provider" in said
    assert "(anthropic, openai)" in said
    assert f"OPENAI_{name}" in said
    assert value not in said


def test_secrets_are_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPASIDE_DATABASE_URL", "postgresql://cy:hunter2@db/x")
    monkeypatch.setenv("STEPASIDE_SMTP_URL", "smtp://cy:hunter2@mail")
    monkeypatch.setenv("STEPASIDE_SECRET_KEY", "hunter2" * 8)
    settings = load_settings()
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "hunter2" not in shown


def secret(value: object) -> str:
    return str(getattr(value, "get_secret_value", str)())
