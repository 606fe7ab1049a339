"""Requests that Schemathesis makes of the server's own description."""

from pathlib import Path

import jsonschema
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


def test_the_description_says_what_a_picture_may_come_as():
    described = APP.openapi()
    assert not any("docs" in path for path in described["paths"])
    for path in ("/predict", "/read"):
        content = described["paths"][path]["post"]["requestBody"]["content"]
        assert set(content) == {
            "image/png",
            "image/jpeg",
            "multipart/form-data",
            "application/json",
        }
        image = content["application/json"]["schema"]["properties"]["image"]
        schema = jsonschema.Draft202012Validator(image)
        rows = [[0] * 28] * 28
        assert schema.is_valid("data:image/png;base64,")
        assert schema.is_valid(rows)
        wrong = [rows[1:], [*rows, rows[0]], [row[1:] for row in rows], [[0] * 29] * 28]
        wrong += [[[256] * 28] * 28, [[-1] * 28] * 28, [[0.5] * 28] * 28, "7", 7, None]
        assert not any(schema.is_valid(value) for value in wrong)


def test_the_description_says_what_is_sent_and_what_each_refusal_means():
    described = APP.openapi()
    for path in ("/predict", "/read"):
        operation = described["paths"][path]["post"]
        assert operation["requestBody"]["required"] is True
        assert operation["requestBody"]["description"]
        file = {"type": "string", "format": "binary"}
        content = operation["requestBody"]["content"]
        assert content["image/png"]["schema"] == content["image/jpeg"]["schema"] == file
        assert content["multipart/form-data"]["schema"]["properties"] == {"file": file}
        assert "no such run" in operation["responses"]["404"]["description"]
        picture = content["application/json"]["schema"]
        assert "28 rows" in picture["properties"]["image"]["description"]
    for operations in described["paths"].values():
        for operation in operations.values():
            refusals = {code: what for code, what in operation["responses"].items() if code >= "4"}
            assert {"400", "404", "413", "503"} <= set(refusals)
            for what in refusals.values():
                assert what["description"].endswith(".")
                form = what["content"]["application/json"]["schema"]["$ref"]
                assert described["components"]["schemas"][form.rpartition("/")[2]]["required"] == [
                    "detail"
                ]
