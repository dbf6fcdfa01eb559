"""What a sign-out empties in the browser, and what it leaves: passes, queues and pages of the same phone."""

from .browser import phone, serving
from .conftest import ROLES
from .sign_in import sign_in

KEEP = """async () => {
  localStorage.setItem('pass', 'pass');
  await new Promise((done) => {
    const opened = indexedDB.open('queue');
    opened.onupgradeneeded = () => opened.result.createObjectStore('items').put('queue', 1);
    opened.onsuccess = () => { opened.result.close(); done(); };
  });
  await (await caches.open('pages')).put('/pass', new Response('page'));
}"""
KEPT = """async () => {
  const queued = await new Promise((done) => {
    const opened = indexedDB.open('queue');
    opened.onsuccess = () => {
      const asked = opened.result.transaction('items').objectStore('items').get(1);
      asked.onsuccess = () => done(asked.result);
    };
  });
  return [localStorage.getItem('pass'), queued, await (await caches.match('/pass')).text()];
}"""


def test_who_sees_more_than_a_door_leaves_nothing_in_the_cache_of_the_browser(person):
    cleared = {role: person(role).post("/logout").headers.get("Clear-Site-Data") for role in ROLES}
    assert cleared == {role: None if role == "staff" else '"cache"' for role in ROLES}
    assert person().post("/logout").headers.get("Clear-Site-Data") is None


def test_a_sign_out_leaves_what_passes_and_doors_keep_on_the_same_phone(app, browser):
    with serving(app) as origin:
        page = phone(browser, origin)
        sign_in(page, app, "manager")
        page.evaluate(KEEP)
        page.get_by_role("button", name="로그아웃").click()
        page.wait_for_url("**/")
        assert page.evaluate(KEPT) == ["pass", "queue", "page"]
