"""Telling a contact when people are there again, as one says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from stepaside.core.hours import WorkingHours


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tongue:
    """How a language says it. `weekdays` from Monday, `months` from January."""

    today: str
    tomorrow: str
    this_week: str
    later: str
    weekdays: str
    months: str


_TONGUES: Final[Mapping[str, _Tongue]] = {
    "en": _Tongue(
        today="today at {time}",
        tomorrow="tomorrow at {time}",
        this_week="on {weekday} at {time}",
        later="on {weekday}, {day} {month}, at {time}",
        weekdays="Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        months="January February March April May June July August September October "
        "November December",
    ),
    "de": _Tongue(
        today="heute um {time} Uhr",
        tomorrow="morgen um {time} Uhr",
        this_week="am {weekday} um {time} Uhr",
        later="am {weekday}, {day}. {month}, um {time} Uhr",
        weekdays="Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
        months="Januar Februar März April Mai Juni Juli August September Oktober "
        "November Dezember",
    ),
    "fr": _Tongue(
        today="aujourd’hui à {time}",
        tomorrow="demain à {time}",
        this_week="{weekday} à {time}",
        later="le {weekday} {day} {month} à {time}",
        weekdays="lundi mardi mercredi jeudi vendredi samedi dimanche",
        months="janvier février mars avril mai juin juillet août septembre octobre "
        "novembre décembre",
    ),
    "es": _Tongue(
        today="hoy a las {time}",
        tomorrow="mañana a las {time}",
        this_week="el {weekday} a las {time}",
        later="el {weekday} {day} de {month} a las {time}",
        weekdays="lunes martes miércoles jueves viernes sábado domingo",
        months="enero febrero marzo abril mayo junio julio agosto septiembre octubre "
        "noviembre diciembre",
    ),
    "it": _Tongue(
        today="oggi alle {time}",
        tomorrow="domani alle {time}",
        this_week="{weekday} alle {time}",
        later="{weekday} {day} {month} alle {time}",
        weekdays="lunedì martedì mercoledì giovedì venerdì sabato domenica",
        months="gennaio febbraio marzo aprile maggio giugno luglio agosto settembre "
        "ottobre novembre dicembre",
    ),
    "nl": _Tongue(
        today="vandaag om {time}",
        tomorrow="morgen om {time}",
        this_week="{weekday} om {time}",
        later="{weekday} {day} {month} om {time}",
        weekdays="maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
        months="januari februari maart april mei juni juli augustus september oktober "
        "november december",
    ),
    "pt": _Tongue(
        today="hoje às {time}",
        tomorrow="amanhã às {time}",
        this_week="{weekday} às {time}",
        later="{weekday}, {day} de {month}, às {time}",
        weekdays="segunda-feira terça-feira quarta-feira quinta-feira sexta-feira "
        "sábado domingo",
        months="janeiro fevereiro março abril maio junho julho agosto setembro outubro "
        "novembro dezembro",
    ),
}
LANGUAGES: Final = tuple(_TONGUES)
"""Languages in which an opening can be told."""


def opening_in_words(hours: WorkingHours, now: datetime, language: str = "en") -> str:
    """When people are next there, as "on Monday at 09:00", in the hours' own zone.

    Within six days the weekday says it; beyond that the date comes with it.
    language: one of `LANGUAGES`; English for any other.
    Returns nothing while it is open, and where it never opens.
    """
    opening = hours.next_opening(now)
    if opening is None or opening <= now:
        return ""
    return instant_in_words(hours, opening, now, language)


def instant_in_words(
    hours: WorkingHours, at: datetime, now: datetime, language: str = "en"
) -> str:
    """An instant as "tomorrow at 09:00", in the hours' own zone, as seen from now.

    at: now or later.
    """
    tongue = _TONGUES.get(language, _TONGUES["en"])
    local = hours.local(at)
    days = local.date() - hours.local(now).date()
    return _form(tongue, days).format(
        time=f"{local:%H:%M}",
        weekday=tongue.weekdays.split()[local.weekday()],
        day=local.day,
        month=tongue.months.split()[local.month - 1],
    )


def openings(hours: WorkingHours, now: datetime) -> dict[str, str]:
    """The values of `{{next_opening}}` and of its form in each language."""
    told = {f"next_opening.{x}": opening_in_words(hours, now, x) for x in LANGUAGES}
    return {"next_opening": told["next_opening.en"], **told}


def _form(tongue: _Tongue, days: timedelta) -> str:
    if days <= timedelta(0):
        return tongue.today
    if days == timedelta(days=1):
        return tongue.tomorrow
    return tongue.this_week if days < timedelta(days=7) else tongue.later
