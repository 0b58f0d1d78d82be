from stepaside.store.ids import new_id


def test_a_later_id_sorts_later_also_within_a_millisecond() -> None:
    made = [new_id("bot") for _ in range(5000)]
    assert made == sorted(made)
    assert len(set(made)) == 5000


def test_an_id_says_its_kind_and_has_26_characters_more() -> None:
    prefix, _, rest = new_id("conversation").partition("_")
    assert (prefix, len(rest)) == ("cnv", 26)
    assert set(rest) <= set("0123456789abcdefghjkmnpqrstvwxyz")
