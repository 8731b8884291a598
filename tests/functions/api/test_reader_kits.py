"""The reader kit by the API: the same snippets as on the command line."""

from dataclasses import asdict

from shared.domain.reader_kit import Tool
from shared.jobs.reader_kits import reader_kit_of


def test_the_kit_of_a_delivered_export_has_every_tool(api, world):
    path = f"/v1/accounts/1/exports/{world.delivered.export_id}/reader-kit"
    answer = api.get(path)
    assert answer.status_code == 200
    kit = reader_kit_of(world.house.services, 1, world.delivered.export_id)
    assert answer.json["snippets"] == [asdict(snippet) for snippet in kit.snippets]
    assert {snippet["tool"] for snippet in answer.json["snippets"]} == set(Tool)
    [snippet] = api.get(f"{path}?tool=pandas").json["snippets"]
    assert snippet["language"] == "python"


def test_an_unknown_tool_event_or_export_is_refused(api, world):
    path = f"/v1/accounts/1/exports/{world.delivered.export_id}/reader-kit"
    assert api.get(f"{path}?tool=excel").status_code == 422
    assert api.get(f"{path}?event=Nothing").status_code in (400, 422)
    assert api.get("/v1/accounts/1/exports/5/reader-kit").status_code == 404


def test_the_export_s_page_leads_to_the_kit(api, world):
    page = f"/accounts/1/exports/{world.delivered.export_id}"
    assert f'href="{page}/reader-kit"' in api.get(page).text
    kit = api.get(f"{page}/reader-kit")
    assert kit.status_code == 200
    for title in ("DuckDB", "pandas", "Spark", "BigQuery: load statement"):
        assert f"<h2>{title}</h2>" in kit.text
    assert api.get("/accounts/1/exports/5/reader-kit").status_code == 404
