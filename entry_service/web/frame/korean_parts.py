"""Korean within a page of another language is marked as Korean: a screen reader says it, instead of spelling it.

Names, addresses and what officers wrote are Korean whatever a page speaks; templates would have to mark each of
them, and one forgotten would be noticed by nobody who sees. So the finished page is read once; a Korean page is
not touched. ``bdi`` is what HTML has for names of unknown provenance, and no style sheet of ours speaks of it.
"""

import re

from flask import Flask, Response
from flask_babel import get_locale

LEFT = r"<(script|style|title|textarea|select|svg)\b.*?</\1\s*>"  # text only, or a language of its own
TAGS = re.compile(rf"{LEFT}|<!--.*?-->|<[^>]*>", re.DOTALL | re.IGNORECASE)
KOREAN = re.compile(r"[가-힣]+(?:[ \d.,·()~–-]+[가-힣]+)*(?: \d[\d-]*)?")


def attach(app: Flask) -> None:
    """Mark what is Korean in pages that are not; register it after compression, which then comes later."""
    app.after_request(_marked)


def mark_korean(page: str) -> str:
    """Return the HTML with its Korean words in ``<bdi lang="ko">``; tags and what only looks like text stay.

    >>> mark_korean('<p title="산본">Library · 산본로 1</p>')
    '<p title="산본">Library · <bdi lang="ko">산본로 1</bdi></p>'
    """
    parts, at = [], 0
    for tag in TAGS.finditer(page):
        parts += [KOREAN.sub(_mark, page[at : tag.start()]), tag[0]]
        at = tag.end()
    return "".join([*parts, KOREAN.sub(_mark, page[at:])])


def _mark(found: re.Match[str]) -> str:
    return f'<bdi lang="ko">{found[0]}</bdi>'


def _marked(response: Response) -> Response:
    if response.mimetype != "text/html" or response.direct_passthrough or response.is_streamed:
        return response
    if get_locale().language != "ko":
        response.set_data(mark_korean(response.get_data(as_text=True)))
    return response
