"""Language models by name, through pydantic-ai, which speaks each provider's protocol.

Names are those of pydantic-ai: a provider and its model (`openai:gpt-5-mini`,
`anthropic:claude-sonnet-4-5`, `google:gemini-2.5-flash`, `ollama:llama3.2`). What
speaks OpenAI's protocol (vLLM, llama.cpp, LM Studio) is `openai:` with a base URL.
"""

import os
from typing import Any, Final

import httpx2

from stepaside.core.errors import StepasideError

LOCAL: Final = "local"
"""The bot that ships, which needs no language model."""
_OLLAMA: Final = "http://127.0.0.1:11434/v1"
"""Where it listens on this machine when nobody says otherwise."""


class UnknownModel(StepasideError):
    """A language model that cannot be used as it is named; the message says why."""


def split_names(names: str) -> list[str]:
    """The models of a setting, the preferred first: `openai:a, anthropic:b, local`."""
    return [name.strip() for name in names.split(",") if name.strip()]


def open_model(
    name: str, http: httpx2.AsyncClient, *, base_url: str | None, api_key: str | None
) -> Any:
    """A pydantic-ai model that makes each request once; whoever asks tries again.

    base_url: another server that speaks the provider's protocol; None for its own.
    api_key: None takes the provider's own variable, such as `OPENAI_API_KEY`.
    Raises:
        UnknownModel: no such provider, or its key is missing.
    """
    # Loaded here: it takes a second, and an installation without models never needs it.
    from pydantic_ai.models import infer_model  # noqa: PLC0415

    try:
        return infer_model(
            _chat(name), lambda kind: _provider(kind, http, base_url, api_key)
        )
    except Exception as error:
        raise UnknownModel(f"STEPASIDE_MODEL {name}: {error}") from error


def _chat(name: str) -> str:
    """OpenAI's older protocol, which every server that imitates it speaks."""
    return (
        f"openai-chat:{name.removeprefix('openai:')}"
        if name.startswith("openai:")
        else name
    )


def _provider(
    kind: str, http: httpx2.AsyncClient, base_url: str | None, api_key: str | None
) -> Any:
    from pydantic_ai import providers  # noqa: PLC0415

    match kind.removeprefix("gateway/"):
        case "openai" | "openai-chat" | "openai-responses":
            from openai import AsyncOpenAI  # noqa: PLC0415
            from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415

            return OpenAIProvider(
                openai_client=AsyncOpenAI(
                    base_url=base_url,
                    # A server of one's own often wants none, but the library does.
                    api_key=api_key or ("none" if base_url else None),
                    max_retries=0,
                    http_client=http,
                )
            )
        case "ollama":
            from openai import AsyncOpenAI  # noqa: PLC0415
            from pydantic_ai.providers.ollama import OllamaProvider  # noqa: PLC0415

            return OllamaProvider(
                openai_client=AsyncOpenAI(
                    base_url=base_url or os.environ.get("OLLAMA_BASE_URL") or _OLLAMA,
                    api_key=api_key or os.environ.get("OLLAMA_API_KEY") or "none",
                    max_retries=0,
                    http_client=http,
                )
            )
        case "anthropic":
            from anthropic import AsyncAnthropic  # noqa: PLC0415
            from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415

            return AnthropicProvider(
                anthropic_client=AsyncAnthropic(
                    base_url=base_url,
                    api_key=api_key,
                    max_retries=0,
                    http_client=http,
                )
            )
        case "google":
            from pydantic_ai.providers.google import GoogleProvider  # noqa: PLC0415

            if api_key or base_url:
                return GoogleProvider(
                    api_key=api_key or "none", base_url=base_url, http_client=http
                )
            return providers.infer_provider(kind)
        case _:
            return providers.infer_provider(kind)
