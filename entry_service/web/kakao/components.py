"""Answers in the form that KakaoTalk draws (skill response 2.0), each cut to what its component may hold."""

from collections.abc import Sequence
from typing import Any

Component = dict[str, Any]
VERSION = "2.0"
LONGEST_TEXT = 1_000  # simpleText
LONGEST_CARD = 400  # textCard: title and description together
LONGEST_TITLE = 50  # of a card; one line on a phone
LONGEST_ITEM_TITLE, LONGEST_ITEM = 36, 40  # listCard: two lines and one line
LONGEST_LABEL = 14  # of a button
MOST_OUTPUTS, MOST_REPLIES, MOST_ITEMS, MOST_BUTTONS, MOST_LIST_BUTTONS = 3, 10, 5, 3, 2


def answer(*outputs: Component, replies: Sequence[Component] = ()) -> dict[str, Any]:
    """Return a whole answer."""
    template: dict[str, Any] = {"outputs": list(outputs[:MOST_OUTPUTS])}
    if replies:
        template["quickReplies"] = list(replies[:MOST_REPLIES])
    return {"version": VERSION, "template": template}


def simple_text(text: str) -> Component:
    """Return a bubble of text."""
    return {"simpleText": {"text": cut(text, LONGEST_TEXT)}}


def text_card(title: str, description: str, buttons: Sequence[Component] = ()) -> Component:
    """Return a card of a title, lines of text and up to three buttons."""
    head = cut(title, LONGEST_TITLE)
    card: Component = {"title": head, "description": cut(description, LONGEST_CARD - len(head))}
    if buttons:
        card["buttons"] = list(buttons[:MOST_BUTTONS])
    return {"textCard": card}


def list_card(header: str, items: Sequence[tuple[str, str]], buttons: Sequence[Component] = ()) -> Component:
    """Return a card of up to five lines, each with a title and what is said of it; there is one at least."""
    rows = [
        {"title": cut(title, LONGEST_ITEM_TITLE), "description": cut(text, LONGEST_ITEM)}
        for title, text in items[:MOST_ITEMS]
    ]
    card: Component = {"header": {"title": cut(header, LONGEST_TITLE)}, "items": rows}
    if buttons:
        card["buttons"] = list(buttons[:MOST_LIST_BUTTONS])
    return {"listCard": card}


def link(label: str, address: str) -> Component:
    """Return a button that opens a page of ours."""
    return {"label": cut(label, LONGEST_LABEL), "action": "webLink", "webLinkUrl": address}


def call(label: str, number: str) -> Component:
    """Return a button that dials a number; the phone asks before it does."""
    return {"label": cut(label, LONGEST_LABEL), "action": "phone", "phoneNumber": number}


def reply(label: str, sentence: str) -> Component:
    """Return a quick reply that says a sentence for the user."""
    return {"label": cut(label, LONGEST_LABEL), "action": "message", "messageText": sentence}


def cut(text: str, longest: int) -> str:
    """Return the text, or its beginning with an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
