import pytest

from tests.api.conftest import Api
from tests.world import World


async def test_a_contact_is_added_with_everything(api: Api, world: World) -> None:
    body = {
        "name": "Flo Fir",
        "email": "flo@example.org",
        "phone": "+49 30 1",
        "external_id": "shop-7",
        "owner_id": world.bo.id,
        "tags": ["tandem", "vip"],
    }
    added = await api.post("/contacts", body)
    assert added.status == 201
    assert added.json == added.json | body
    assert (await api.get(f"/contacts/{added['id']}")).json == added.json


async def test_a_contact_may_be_unknown_but_for_an_id(api: Api) -> None:
    added = await api.post("/contacts", {})
    assert (added.status, added["name"], added["tags"]) == (201, "", [])


async def test_only_the_fields_that_are_named_change(api: Api, world: World) -> None:
    path = f"/contacts/{world.cy.id}"
    before = (await api.get(path)).json
    changed = await api.patch(path, {"owner_id": world.bo.id})
    assert changed.json == before | {"owner_id": world.bo.id}
    back = await api.patch(path, {"owner_id": None, "external_id": None})
    assert (back["owner_id"], back["external_id"]) == (None, None)


async def test_an_external_id_names_one_contact(api: Api, world: World) -> None:
    refused = await api.post("/contacts", {"external_id": "cy"})
    assert (refused.status, refused.broken_fields) == (422, ["external_id"])


async def test_contacts_are_found_by_what_is_known_of_them(
    api: Api, world: World
) -> None:
    flo = await api.post(
        "/contacts", {"email": "Flo@Example.org", "external_id": "f", "tags": ["vip"]}
    )
    for filters in ({"email": "flo@example.ORG"}, {"external_id": "f"}, {"tag": "vip"}):
        items = (await api.get("/contacts", **filters))["items"]
        assert [item["id"] for item in items] == [flo["id"]]
    items = (await api.get("/contacts"))["items"]
    assert [item["id"] for item in items] == [world.cy.id, flo["id"]]


async def test_tags_come_and_go_and_each_change_is_an_event(
    api: Api, world: World
) -> None:
    path = f"/contacts/{world.cy.id}"
    assert (await api.put(f"{path}/tags/vip")).status == 200
    assert (await api.put(f"{path}/tags/vip"))["tags"] == ["vip"]
    changed = await api.patch(path, {"tags": ["tandem", "vip"]})
    assert set(changed["tags"]) == {"vip", "tandem"}
    assert (await api.delete(f"{path}/tags/vip")).status == 204
    assert (await api.delete(f"{path}/tags/vip")).status == 204
    assert (await api.patch(path, {"tags": []}))["tags"] == []
    events = (await api.get("/events"))["items"]
    assert [(e["type"], e["data"]["tag"]) for e in events] == [
        ("contact.tagged", "vip"),
        ("contact.tagged", "tandem"),
        ("contact.untagged", "vip"),
        ("contact.untagged", "tandem"),
    ]
    assert {e["data"]["contact_id"] for e in events} == {world.cy.id}


async def test_a_tag_may_have_spaces_and_any_script(api: Api, world: World) -> None:
    path = f"/contacts/{world.cy.id}/tags"
    for tag in ("human handover", "große-Räder", "自転車", "50%"):
        assert tag in (await api.put(f"{path}/{_quoted(tag)}"))["tags"]
        assert (await api.delete(f"{path}/{_quoted(tag)}")).status == 204


async def test_a_tag_that_cannot_be_is_refused(api: Api, world: World) -> None:
    path = f"/contacts/{world.cy.id}/tags"
    for tag in ("x" * 51, "%20", "a%0Ab"):
        refused = await api.put(f"{path}/{tag}")
        assert (refused.status, refused.broken_fields) == (422, ["tag"])


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("email", {"email": "flo"}),
        ("name", {"name": "Flo\nFir"}),
        ("external_id", {"external_id": " "}),
        ("tags[0]", {"tags": ["x" * 51]}),
        ("phone", {"phone": "1" * 51}),
    ],
)
async def test_a_contact_that_cannot_be_is_refused_by_field(
    api: Api, field: str, body: object
) -> None:
    refused = await api.post("/contacts", body)
    assert (refused.status, refused.broken_fields) == (422, [field])


async def test_a_contact_belongs_to_nobody_who_is_not_there(
    api: Api, world: World
) -> None:
    path = f"/contacts/{world.cy.id}"
    assert (await api.patch(path, {"owner_id": world.dee.id})).status == 404
    await api.patch(f"/staff/{world.bo.id}", {"active": False})
    refused = await api.patch(path, {"owner_id": world.bo.id})
    assert (refused.status, refused.broken_fields) == (422, ["owner_id"])


def _quoted(tag: str) -> str:
    return tag.replace("%", "%25").replace(" ", "%20")


async def test_contacts_are_found_by_any_part_of_what_is_known(api: Api) -> None:
    flo = await api.post(
        "/contacts",
        {
            "name": "Flo Fir",
            "email": "flo@Example.org",
            "phone": "+49 30 5550-1",
            "external_id": "shop-7",
            "tags": ["Tandem_50%"],
        },
    )
    for words in (
        "flo",
        "FIR",
        "@example.org fl",
        "30 5550",
        "3055501",
        "OP-7",
        "_50%",
    ):
        items = (await api.get("/contacts", q=words))["items"]
        assert [item["id"] for item in items] == [flo["id"]], words
    for words in ("nobody", "flo nobody", "%", "_", "flo_fir", "\\"):
        items = (await api.get("/contacts", q=words))["items"]
        assert words in ("%", "_") or items == [], words
    assert [i["id"] for i in (await api.get("/contacts", q="%"))["items"]] == [
        flo["id"]
    ]


async def test_contacts_are_narrowed_by_owner(api: Api, world: World) -> None:
    await api.patch(f"/contacts/{world.cy.id}", {"owner_id": world.bo.id})
    await api.post("/contacts", {"name": "Flo"})
    for owner, names in ((world.bo.id, ["Cy Clark"]), ("nobody", ["Flo"])):
        items = (await api.get("/contacts", owner=owner))["items"]
        assert [item["name"] for item in items] == names


async def test_a_change_of_details_is_an_event_without_the_details(
    api: Api, world: World
) -> None:
    path = f"/contacts/{world.cy.id}"
    await api.patch(path, {"email": "cy@new.example", "owner_id": world.bo.id})
    await api.patch(path, {"email": "cy@new.example"})  # is so already
    (event,) = (await api.get("/events"))["items"]
    assert (event["type"], event["data"]) == (
        "contact.changed",
        {
            "contact_id": world.cy.id,
            "fields": ["email", "owner_id"],
            "owner_id": world.bo.id,
        },
    )
