"""A browser, and a server of the runs beside a module's own `run`."""

import pytest

from tests.browser import browser, served


@pytest.fixture(scope="module")
def address(run):
    with served(None, run.path.parent) as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    with browser() as opened:
        yield opened
