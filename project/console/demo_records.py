"""The demo dataset: what a support assistant of a bicycle shop might have said, with faults for a curator to find."""

from __future__ import annotations

import json
from typing import Any

from records.types import RecordDraft

SYSTEM = "You are the assistant of a bicycle shop. Be brief and friendly. Never promise a delivery date."


def _turn(role: str, content: str) -> dict[str, Any]:
    return {"role": role, "content": content}


def _chat(*texts: str) -> dict[str, Any]:
    turns = [_turn(("user", "assistant")[place % 2], text) for place, text in enumerate(texts)]
    return {"messages": [_turn("system", SYSTEM), *turns]}


def _call(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(arguments)}
    calls = [{"id": "call_1", "type": "function", "function": function}]
    return {"role": "assistant", "content": "", "tool_calls": calls}


_ORDER_STATUS = {
    "messages": [
        _turn("system", SYSTEM),
        _turn("user", "Where is my order 4711?"),
        _call("get_order", {"number": 4711}),
        {
            "role": "tool",
            "tool_call_id": "call_1",
            "name": "get_order",
            "content": '{"state": "packed", "items": 2}',
        },
        _turn("assistant", "Order 4711 is packed and waits for the courier. Both items are in it."),
    ]
}

_PUNCTURE = """Five steps:

1. Take the wheel off and let the air out.
2. Lift **one** side of the tyre over the rim with two levers.
3. Pull the tube out and find the hole: a little air and a bowl of water help.
4. Roughen the spot, spread the glue, wait *two minutes*, press the patch on.
5. Feel the inside of the tyre for the thorn before you put it all back.

> Never use a screwdriver as a lever: it pinches the tube."""

DEMO_DRAFTS: tuple[RecordDraft, ...] = (
    RecordDraft(
        payload=_ORDER_STATUS,
        meta={"lang": "en", "channel": "web", "model": "small-3"},
        tags=("orders", "tool call"),
        status="approved",
    ),
    RecordDraft(
        payload=_chat(
            "How do I mend a puncture?", _PUNCTURE, "And if I have no patch?", "Then a new tube is quicker."
        ),
        meta={"lang": "en", "channel": "web", "model": "small-3"},
        tags=("repairs",),
        status="approved",
    ),
    RecordDraft(
        payload=_chat(
            "I want a refund for the helmet, it is too small.",
            "Of course. Send it back within 30 days, unused, and you get your money back. Shall I make a label?",
            "Yes please.",
            "Done: the label is in your inbox. Drop the parcel at any post office.",
        ),
        meta={"lang": "en", "channel": "email", "model": "small-3"},
        tags=("refunds",),
        status="approved",
    ),
    RecordDraft(
        payload=_chat("When will my bike arrive?", "It will certainly be with you on Friday before noon."),
        meta={"lang": "en", "channel": "web", "model": "small-2"},
        tags=("orders",),
        status="flagged",
    ),
    RecordDraft(
        payload=_chat(
            "Habt ihr auch Lastenräder?",
            "Ja, drei Modelle. Am beliebtesten ist das mit der Kiste vorne: Platz für zwei Kinder oder vier Kästen.",
            "Kann ich eines probefahren?",
            "Gerne, jeden Samstag von zehn bis vier. Bitte einen Ausweis mitbringen.",
        ),
        meta={"lang": "de", "channel": "web", "model": "small-3"},
        tags=("sales",),
    ),
    RecordDraft(
        payload=_chat(
            "Quelle pression pour des pneus de 28 mm ?",
            "Entre 5 et 6 bars pour 75 kg ; un peu moins sous la pluie, pour mieux tenir la route.",
        ),
        meta={"lang": "fr", "channel": "app", "model": "small-3"},
        tags=("repairs",),
    ),
    RecordDraft(
        payload=_chat("asdf", "I am sorry, I did not get that. What can I do for you?"),
        meta={"lang": "en", "channel": "web", "model": "small-2"},
        status="rejected",
    ),
    RecordDraft(
        payload=_chat(
            "Which chain fits an eight-speed cassette?",
            "Any chain for 6 to 8 speeds, 7.1 mm wide. Count the links of the old one, or bring it along.",
        ),
        meta={"lang": "en", "channel": "app", "model": "small-3"},
        tags=("repairs", "parts"),
    ),
    RecordDraft(
        payload=_chat(
            "Which chain fits an eight-speed cassette?",
            "Any chain for 6 to 8 speeds, 7.1 mm wide. Count the links of the old one or bring it along!",
        ),
        meta={"lang": "en", "channel": "app", "model": "small-2"},
        tags=("parts",),
    ),
    RecordDraft(
        text="Opening hours: Tuesday to Friday 10 to 18, Saturday 10 to 16. The workshop takes bikes until one hour "
        "before closing. On Mondays the shop is closed; returns can be left at the bakery next door.",
        meta={"lang": "en", "page": "opening-hours"},
        source="shop handbook",
        tags=("handbook",),
    ),
)
