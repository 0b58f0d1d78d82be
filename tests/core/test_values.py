"""Everything the core speaks of is a value: made at once, by name, never changed."""

import inspect
import pkgutil
from dataclasses import fields, is_dataclass
from importlib import import_module

import pytest

import stepaside.core


def every_kind() -> list[type]:
    """Every dataclass that a module of the core defines."""
    names = [m.name for m in pkgutil.iter_modules(stepaside.core.__path__)]
    modules = [import_module(f"stepaside.core.{name}") for name in names]
    return [
        kind
        for module in modules
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if is_dataclass(kind) and kind.__module__ == module.__name__
    ]


def test_the_core_has_values() -> None:
    assert len(every_kind()) > 20


@pytest.mark.parametrize("kind", every_kind(), ids=lambda kind: kind.__name__)
def test_a_value_is_frozen_slotted_and_named(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__dict__" not in dir(kind)
    assert all(f.kw_only for f in fields(kind))
