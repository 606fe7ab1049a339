"""The page with a server that fails, is slow, or answers when nobody asks any more."""

import json
import time

import pytest

from digitscope.judging.evaluate import evaluate
from digitscope.training.train import train
from tests.browser import SIZE, go, needs_chromium, until, watched

pytestmark = needs_chromium
SENTENCE = "This can't be had now."
SENTENCES = [
    SENTENCE,
    "The server doesn't answer",
    "The server's answer was cut off",
    "The weights are damaged",
    "The server doesn't say what it understands",
]
SAID = f"{json.dumps(SENTENCES)}.some((one) => document.body.innerText.includes(one))"
IN_VIEW = f"document.getElementById('view').innerText.includes({SENTENCE!r})"
TRAINING = "document.querySelector('.training [role=status]').textContent"


@pytest.fixture(scope="module")
def run(settings, tmp_path_factory):
    made = train(**settings, runs_dir=tmp_path_factory.mktemp("runs"), verbose=False)
    evaluate(made)
    return made


@pytest.fixture
def page(chromium):
    """A page that throws nothing and lets no promise fail unseen."""
    opened, thrown = chromium.new_page(viewport=SIZE), []
    opened.on("pageerror", lambda error: thrown.append(str(error)))
    yield opened
    opened.close()
    assert thrown == []


def refuse(route):
    route.fulfill(status=500, json={"detail": SENTENCE})


def cut_off(route):
    route.fulfill(status=200, content_type="application/json", body='{"cut')


def hang_up(route):
    route.abort()


def state(run, epochs, running=True):
    """A training as the server describes it, after some of the run's epochs."""
    history = run.history[:epochs]
    return {
        "running": running,
        "run": run.name,
        "error": None,
        "allowed": True,
        "history": history,
    }


@pytest.mark.parametrize("fail", [refuse, cut_off, hang_up])
@pytest.mark.parametrize(
    ("place", "route"),
    [
        ("", "**/api/runs"),
        ("", "**/api/runs/*"),
        ("", "**/api/runs/*/weights"),
        ("#tab=inside&digit=3", "**/api/runs/*/digits*"),
        ("#tab=draw&other=reader", "**/api/runs/reader"),
        ("#tab=kernels", "**/api/runs/*/digits*"),
        ("#tab=errors", "**/api/runs/*/errors"),
        ("#tab=errors", "**/api/runs/*/digits*"),
        ("#tab=train", "**/api/training"),
        ("#tab=train", "**/api/training/schema"),
        ("#tab=train", "**/api/training/plan"),
        ("docs", "**/openapi.json"),
    ],
)
def test_whatever_fails_is_said(page, address, place, route, fail):
    page.route(route, fail)
    page.goto(f"{address}/{place}")
    until(page, SAID)


def test_a_list_of_runs_that_can_not_be_had_a_second_time_is_missed_in_draw(page, address):
    asked = []
    page.route("**/api/runs", lambda route: asked.append(1) or answer_once(route, asked))
    page.goto(f"{address}/#tab=draw")
    until(page, IN_VIEW)


def answer_once(route, asked):
    return route.continue_() if len(asked) == 1 else refuse(route)


def test_a_second_network_that_can_not_be_had(page, address):
    page.goto(f"{address}/#tab=draw")
    page.wait_for_selector("#other option[value=reader]", state="attached")
    page.route("**/api/**", refuse)
    page.select_option("#other", "reader")
    until(page, IN_VIEW)
    page.select_option("#run", "reader")
    until(page, f"document.getElementById('notice').innerText.includes({SENTENCE!r})")


def test_digits_of_a_cell_that_can_not_be_had(page, address):
    page.goto(f"{address}/#tab=errors")
    page.locator(".digit").first.wait_for()
    page.route("**/api/**", refuse)
    page.locator(".confusion button").first.click()
    until(page, IN_VIEW)


@pytest.mark.parametrize("button", ["Train", "Stop", "Go on"])
def test_a_button_of_train_that_does_not_work(page, address, run, button):
    now = state(run, 2, running=button == "Stop")
    page.route("**/api/training", lambda route: route.fulfill(json=now))
    page.route(f"**/api/runs/{run.name}", lambda route: unfinished(route))
    page.goto(f"{address}/#tab=train")
    page.wait_for_selector(".cost")
    page.wait_for_selector(".replay canvas")
    page.route("**/api/training", lambda route: refuse_posts(route, now))
    page.route("**/api/training/*", refuse)
    page.get_by_role("button", name=button, exact=True).click()
    until(page, IN_VIEW)


def unfinished(route):
    about = route.fetch().json()
    route.fulfill(json=about | {"state": "interrupted"})


def refuse_posts(route, now):
    return refuse(route) if route.request.method == "POST" else route.fulfill(json=now)


def test_a_plan_that_can_not_be_had_is_asked_for_again(page, address):
    page.goto(f"{address}/#tab=train")
    page.wait_for_selector(".cost")
    page.route("**/api/training/plan", refuse)
    page.fill("[name=filters]", "2")
    until(page, IN_VIEW)
    assert page.locator("button.main").is_disabled()
    page.unroute("**/api/training/plan")
    page.wait_for_selector(".cost")
    assert page.locator("button.main").is_enabled()


def test_an_epoch_that_can_not_be_had(page, address, run):
    now = state(run, 3, running=False)
    page.route("**/api/training", lambda route: route.fulfill(json=now))
    page.goto(f"{address}/#tab=train")
    page.wait_for_selector(".replay canvas")
    page.route("**/weights?epoch=*", refuse)
    page.locator(".replay input").fill("1")
    until(page, IN_VIEW)


@pytest.mark.parametrize("fail", [refuse, cut_off, hang_up])
def test_a_look_at_a_training_that_fails_is_not_the_last(page, address, run, fail):
    looks = []

    def look(route):
        looks.append(1)
        return fail(route) if len(looks) == 2 else route.fulfill(json=state(run, len(looks) - 1))

    page.route("**/api/training", look)
    page.goto(f"{address}/#tab=train")
    until(page, SAID)
    until(page, TRAINING + ".includes('epoch 4 is under way')")
    assert not page.evaluate(SAID)


@pytest.mark.parametrize("path", ["schema", "plan"])
def test_what_train_could_not_have_at_first_it_asks_for_again(page, address, path):
    page.route(f"**/api/training/{path}", refuse)
    page.goto(f"{address}/#tab=train")
    until(page, IN_VIEW)
    page.unroute(f"**/api/training/{path}")
    page.wait_for_selector(".cost")
    assert page.locator("button.main").is_enabled()
    assert not page.evaluate(SAID)


def test_train_looks_no_more_once_it_is_closed(page, address, run):
    looks, held = [], []

    def look(route):
        looks.append(1)
        held.append(route)

    page.route("**/api/training", look)
    page.goto(f"{address}/#tab=train")
    end = time.monotonic() + 10
    while not held and time.monotonic() < end:
        page.wait_for_timeout(20)
    go(page, "Draw")
    held[0].fulfill(json=state(run, 1))
    page.wait_for_timeout(1500)  # more than between two looks
    assert len(looks) == 1


def test_train_looks_no_more_once_it_is_closed_while_a_button_is_obeyed(page, address, run):
    looks, held = [], []

    def look(route):
        if route.request.method == "POST":
            return held.append(route)
        looks.append(1)
        return route.fulfill(json=state(run, 0, running=False))

    page.route("**/api/training", look)
    page.goto(f"{address}/#tab=train")
    page.wait_for_selector(".cost")
    page.click("button.main")
    end = time.monotonic() + 10
    while not held and time.monotonic() < end:
        page.wait_for_timeout(20)
    before = len(looks)
    go(page, "Draw")
    held[0].fulfill(json=state(run, 0))
    page.wait_for_timeout(1500)
    assert len(looks) == before


def test_nothing_can_be_trained_before_it_is_known_what_can_be_set(page, address):
    held = []
    page.route("**/api/training/schema", lambda route: held.append(route))
    page.goto(f"{address}/#tab=train")
    page.wait_for_selector("button.main")
    page.evaluate("document.querySelector('button.main').click()")
    page.evaluate("document.querySelector('form').dispatchEvent(new Event('input'))")
    page.wait_for_timeout(400)
    assert page.locator("button.main").is_disabled()
    held[0].continue_()
    page.wait_for_selector(".cost")
    assert page.locator("button.main").is_enabled()


def test_the_last_cell_that_was_clicked_is_shown(chromium, address):
    page, said = watched(chromium, f"{address}/#tab=errors")
    page.locator(".digit").first.wait_for()
    held = []
    page.route("**/digits*", lambda route: held.append(route))
    page.locator(".confusion button").nth(0).click()
    page.locator(".confusion button").nth(1).click()
    wanted = page.locator(".confusion button").nth(1).get_attribute("aria-label")
    end = time.monotonic() + 10
    while len(held) < 2 and time.monotonic() < end:
        page.wait_for_timeout(20)
    held[1].continue_()
    until(page, f"document.querySelector('.gallery h3').textContent.startsWith({wanted!r})")
    held[0].continue_()
    page.wait_for_timeout(300)
    assert page.locator(".gallery h3").inner_text().startswith(wanted)
    page.close()
    assert said == []
