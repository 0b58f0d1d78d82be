"""A look at a drafted answer before it may be said."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from stepaside.models.features import read
from stepaside.models.text import fold, is_question, sentences

_READ: Final = 4000
_PERSON: Final = frozenset({"HUM", "STAFF", "ONE", "OWN"})
_HANGS_ON_IT: Final = re.compile(
    r"""\b(?: (?<!see\ )(?<!check\ )(?<!out\ )(?<!know\ )(?<!ask\ )if
        | in\ case | unless | whenever | would\ you\ like
        | (?: once | after | when | as\ soon\ as )\ you
        | wenn | falls | sobald | nachdem | als\ (?:u|je) | indien | zodra
        | si\ (?: quiere | quieres | lo | desea | deseas | prefiere | prefieres
            | necesita | le | te | vous | tu )
        | se\ (?: vuole | vuoi | desidera | lo\ (?: desidera | vuole ) | quiser
            | desejar | preferir | voce | necessario )
        | jesli | jezeli | если | якщо | اذا | isterseniz | istersen | dilerseniz
        | eger | om\ du | nar\ du | hvis | jika | kalau
        | pokud | jestli | jestlize | jakmile | chcete | αν | εαν | οταν | μολισ
        | jos | mikali | kun\ (?: olet\w* | halua\w* | anna\w* )
        | ha\ (?: on | ont | (?: szeret | kivan | ker | igeny | akar | megad
            | elkuld )\w* )
        | amennyiben | miutan | daca | dupa\ ce
        | (?: neu | khi | sau\ khi )\ (?: ban | anh | chi | quy | can | muon | em )
        | agar\ (?: aap | ap )\w* | אם | במידה )\b
    | अगर | यदि | หาก | ถ้า
    | もし|場合|よろしければ|ご希望|たら、|如果|若|要是|如需|원하시면""",
    re.VERBOSE,
)
"""An offer, or what follows on something the contact does. A word that is an ordinary
one in another language counts with the word after it."""
_NOT_OURS: Final = re.compile(
    r"""\b(?: never | niemals | nunca | jamais | nigdy | nikdy | aldrig | nooit
        | koskaan | soha | niciodata | никогда | ніколи | ποτε | לעולם
        | δεν\ θα | לא\ (?: יתקשר | ייצור | יצור | יחזור ) | se\ khong
        | courier | delivery\ (?: agent | driver | man | partner ) | futar\w*
        | curier\w* | κουριερ | dopravc\w* | kuryr\w* | giao\ hang )\b
    | डिलीवरी | ส่งของ | ขนส่ง | กรุณา | สามารถ""",
    re.VERBOSE,
)
"""What nobody will do, what somebody else does, and what the contact may do."""
_LONGEST: Final = 600
"""Characters of a sentence that are looked at: no promise takes more."""


def promised_person(text: str, quoted: Sequence[str] = ()) -> str:
    """The words of an answer that promise the contact a person; empty when none do.

    Words promise nothing here unless the action goes with them, so whoever calls
    this either hands over or does not say them. A question or an offer promises
    nothing yet.
    quoted: articles the answer stands in; what it repeats of them is the owner's word.
    """
    own = [fold(x) for x in quoted]
    said = (x for x in sentences(text[:_READ]) if not _stands_in(x, own))
    return next((" ".join(x.split()) for x in said if _promises(x)), "")


def _stands_in(sentence: str, texts: Iterable[str]) -> bool:
    return any(fold(sentence) in x for x in texts)


def _promises(sentence: str) -> bool:
    folded = fold(sentence[:_LONGEST])
    excused = _HANGS_ON_IT.search(folded) or _NOT_OURS.search(folded)
    if excused or is_question(sentence):
        return False
    if _words()["alone"].search(folded):
        return True
    return bool(_words()["person"].search(folded)) and _names_person(sentence)


def _names_person(sentence: str) -> bool:
    """Whether a sentence names anybody, and not nobody."""
    tags = (set(x.tags) for x in read(sentence))
    return any(_PERSON & x and "NEG" not in x for x in tags)


@cache
def _words() -> dict[str, re.Pattern[str]]:
    """What promises a person alone, and what does beside the word for one."""
    source = (files("stepaside.bot") / "promises.txt").read_text("utf-8")
    rows = [x.partition(" ") for x in source.splitlines() if x.strip()]
    return {
        kind: re.compile("|".join(f"(?:{x})" for name, _, x in rows if name == kind))
        for kind in ("alone", "person")
    }
