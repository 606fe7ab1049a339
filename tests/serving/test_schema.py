"""Requests that Schemathesis makes of the server's own description."""

from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, settings

from digitscope.serving.app import create_app

# There is no such folder: the bundled reader is all there is.
APP = create_app(None, Path(__file__).parent.parent / "no-runs", hosts=("testserver",))
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", APP)


@SCHEMA.parametrize()
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_makes_the_server_fail(case):
    assert case.call().status_code < 500
