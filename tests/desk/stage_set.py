"""A working day at Pear Street Bikes, for pictures and for trying things out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from stepaside.channels.base import Inbound
from stepaside.core.events import staff_actor
from stepaside.core.roster import ContactRef
from stepaside.core.rules import Scenario
from stepaside.notify.base import Notice, NoticeError, Notifier
from stepaside.pipeline import receive, staff
from stepaside.pipeline.runtime import Runtime
from tests.house import local_brain
from tests.world import World

ASKS: Final = "I'd rather talk to a person about this, please"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One conversation: who writes what, how many minutes before now it began.

    after: what staff do then, one letter each: Ann or Bo claims it, Ann replies,
        notes, or replies and is done.
    """

    name: str
    began: int
    says: Sequence[str]
    email: str = ""
    after: str = ""


SCENES: Final = (
    Scene(
        name="Amara Okafor",
        began=1500,
        says=["Do you deliver on Saturdays?", "And what does delivery cost?"],
    ),
    Scene(
        name="Jonas Weber",
        began=320,
        says=["My frame cracked at the weld after two years. Who pays?", ASKS],
        email="jonas.weber@example.org",
        after="arnd",
    ),
    Scene(
        name="Priya Raman",
        began=205,
        says=["How do I pay in instalments?", "That is not what I asked", ASKS],
        after="ar",
    ),
    Scene(
        name="Lukas Novák",
        began=150,
        says=["When are you open on Saturday?", "Great, thank you!"],
    ),
    Scene(
        name="Sofía Herrera",
        began=95,
        says=["Can someone real help me?"],
        after="b",
    ),
    Scene(
        name="Tom Whitfield",
        began=40,
        says=["Do you sell cargo trailers for two dogs with rain covers?"],
        email="tom@example.org",
    ),
    Scene(
        name="Maya Fontaine",
        began=12,
        says=[
            "How long do I have to return a bike?",
            "I rode it to work twice and threw the box away. Can someone real help me?",
        ],
        email="maya.fontaine@example.org",
    ),
    Scene(
        name="", began=3, says=["Connect me to a person"], email="k.bauer@example.org"
    ),
)


async def failing_post(notice: Notice) -> None:
    """A mail server that has no account for Ann."""
    if notice.to_name.startswith("Ann"):
        raise NoticeError("The mail server refused ann@example.org.", retry=False)


async def working_post(notice: Notice) -> None:
    """A mail server that takes everything."""


async def play(
    world: World, post: Notifier = working_post
) -> tuple[Runtime, dict[str, str]]:
    """Play the day; the runtime, and each conversation's id by the contact's name."""
    rt = Runtime(
        db=world.db,
        now=world.clock,
        brain=local_brain,
        jitter=lambda: 0.0,
        notifiers={"email": post},
    )
    await world.change_rule(Scenario.HUMAN_REQUESTED, pause=timedelta(hours=4))
    now = world.clock()
    ids = {}
    for number, scene in enumerate(SCENES):
        world.clock.now = now - timedelta(minutes=scene.began)
        ids[scene.name] = await _scene(rt, world, scene, f"shop-{4711 + number}")
    world.clock.now = now
    return rt, ids


async def _scene(rt: Runtime, world: World, scene: Scene, external_id: str) -> str:
    ref = ContactRef(external_id=external_id, name=scene.name, email=scene.email)
    conversation_id = await receive.start_conversation(
        rt, world.account_id, inbox_id=world.inbox_id, contact=ref
    )
    for text in scene.says:
        inbound = Inbound(
            inbox_id=world.inbox_id, conversation_id=conversation_id, text=text
        )
        await receive.receive(rt, world.account_id, inbound)
        await rt.background.drain()
        world.clock.advance(seconds=50)
    here = world.account_id, conversation_id
    for deed in scene.after:
        world.clock.advance(minutes=2)
        await _deed(rt, here, world, deed)
    return conversation_id


async def _deed(rt: Runtime, here: tuple[str, str], world: World, deed: str) -> None:
    actor = staff_actor(world.ann.id)
    if deed in "ab":
        who = world.ann if deed == "a" else world.bo
        await staff.claim(rt, *here, staff_id=who.id, actor=staff_actor(who.id))
    if deed == "r":
        text = "Hello, this is Ann from the workshop. Could you send me a photo?"
        await staff.reply(rt, *here, actor=actor, text=text)
    if deed == "n":
        text = "Asked the maker whether the recall covers this frame."
        await staff.note(rt, *here, actor=actor, text=text)
    if deed == "d":
        text = "Good news: the maker replaces the frame, at no cost to you."
        await staff.reply(rt, *here, actor=actor, text=text)
        world.clock.advance(seconds=20)
        await staff.resolve(rt, *here, actor=actor)
