"""Read a form as a browser would send it again."""

import re

from werkzeug.test import TestResponse


def text(answer: TestResponse) -> str:
    """Return the page of an answer."""
    return answer.get_data(as_text=True)


def values(page: str) -> dict[str, str]:
    """Return the values of a form as a browser would send them again."""
    found = {
        re.search(r'name="([^"]+)"', tag)[1]: (re.search(r'value="([^"]*)"', tag) or [None, ""])[1]
        for tag in re.findall(r"<input[^>]*>", page)
        if 'type="checkbox"' not in tag or "checked" in tag
    }
    for name, options in re.findall(r'<select id="(\w+)".*?>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found
