"""Signing in as a person does it in a browser: login, password and, where there is one, the second factor."""

import re

from flask import Flask
from playwright.sync_api import Page

from .conftest import PASSWORD, code_for


def sign_in(page: Page, app: Flask, login: str, *, password: str = PASSWORD, path: str = "/login") -> None:
    """Open ``path``, which asks for a sign-in, and sign in; the page is then where the service leads."""
    page.goto(path)
    page.get_by_label("아이디").fill(login)
    page.get_by_label("비밀번호").fill(password)
    page.get_by_role("button", name="로그인", exact=True).click()
    page.wait_for_url(lambda url: not re.search(r"/login(\?|$)", url))
    if "/login/code" in page.url:
        page.get_by_label("인증 코드").fill(code_for(app, login))
        page.get_by_role("button", name="로그인", exact=True).click()
    page.wait_for_url(lambda url: "/login" not in url)
