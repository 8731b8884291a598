"""What every error of the API looks like."""

from typing import Any

from werkzeug.test import TestResponse

KEYS = {"type", "title", "status", "detail", "reason", "how_to_fix", "errors", "fix", "link"}


def problem(response: TestResponse, status: int) -> dict[str, Any]:
    """The problem in an answer, once its form was found right."""
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.mimetype == "application/problem+json"
    found = response.get_json()
    assert set(found) == KEYS
    assert found["status"] == status
    assert found["type"].startswith("/docs#problem-")
    assert found["link"].startswith("/docs/reasons#")
    assert all(found[name] for name in KEYS - {"errors"})
    return found
