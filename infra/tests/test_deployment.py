"""The deployment fits the code: the same functions, the same variables, an archive that loads."""

import ast
import os
import re
import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest

import main
from infra.tools.archive import JOBS
from shared.log_events import EVENTS

ROOT = Path(__file__).parents[2]

# Variables that the code reads and the cloud does not set, and why.
NOT_IN_THE_CLOUD = {
    "BIGQUERY_EMULATOR_HOST": "leads to a test server",
    "BIGQUERY_READ_EMULATOR_HOST": "leads to a test server",
    "DUCKDB_MEMORY_MB": "of the warehouse on a laptop",
    "K_SERVICE": "Cloud Run sets it",
    "LOCAL_MEMBER": "lets everybody in; the start is refused with it in the cloud",
    "MAIL_PASSWORD": "the cloud says where it lies, MAIL_PASSWORD_SECRET",
    "OTEL_SERVICE_NAME": "of OpenTelemetry, whose exporter is not among the packages of the cloud",
    "SECRET_MANAGER_SERVER": "leads to a test server",
    "SLUICE_HOME": "of a laptop; nothing is kept in a function",
    "SLUICE_NOW": "to try things out",
    "SQLADMIN_URL": "leads to a test server",
    "STAGING_DIR": "of the warehouse on a laptop",
    "STATE_USERS": "of the migration's job, which is no function",
    "STORAGE_EMULATOR_HOST": "leads to a test server",
    "WAREHOUSE_WAIT_S": "of the warehouse on a laptop",
}


def services(plan):
    """The planned functions: name -> what the plan says of it."""
    return {
        change["change"]["after"]["name"]: change["change"]["after"]
        for change in plan["resource_changes"]
        if change["type"] == "google_cloud_run_v2_service"
    }


def variables(service):
    """The environment variables of a function; values are None where a plan cannot know them."""
    [container] = service["template"][0]["containers"]
    return {each["name"]: each.get("value") for each in container["env"]}


def read_by_the_code():
    """Names that deployed code takes out of the environment."""
    names = set()
    for path in [*ROOT.glob("shared/**/*.py"), *ROOT.glob("functions/*/**/*.py")]:
        if ROOT / "functions/local" in path.parents:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=where, attr="get" | "getenv"),
                    args=[ast.Constant(value=str(name)), *_],
                ) if is_environment(where):
                    names.add(name)
                case ast.Subscript(value=where, slice=ast.Constant(value=str(name))):
                    names |= {name} if is_environment(where) else set()
                case ast.Compare(left=ast.Constant(value=str(name)), comparators=[where]):
                    names |= {name} if is_environment(where) else set()
    return names


def is_environment(node):
    return ast.unparse(node) in ("env", "environ", "os.environ", "os")


def test_functions_folders_and_entry_points_are_the_same(plan):
    folders = {path.parent.name for path in ROOT.glob("functions/*/main.py")} - {"local"}
    assert set(main.ENTRY_POINTS) == folders
    assert set(services(plan)) == folders


def test_a_function_is_built_from_the_archive_under_its_own_name(plan):
    for name, service in services(plan).items():
        assert service["build_config"][0]["function_target"] == name
        assert service["template"][0]["service_account"].startswith(f"sluice-{name}@")


def test_every_variable_that_is_set_is_read(plan):
    known = read_by_the_code()
    given = {name for service in services(plan).values() for name in variables(service)}
    limits = {name for name in given if name.startswith(("LIMIT_", "WATCH_"))}
    assert limits == {"LIMIT_SLICE_BYTES", "WATCH_RETRY_AFTER"}
    assert given - limits - known == set()


def test_every_variable_that_is_read_is_set_or_has_a_reason(plan):
    given = {name for service in services(plan).values() for name in variables(service)}
    assert read_by_the_code() - given - set(NOT_IN_THE_CLOUD) == set()
    assert set(NOT_IN_THE_CLOUD) & given == set()
    assert set(NOT_IN_THE_CLOUD) - read_by_the_code() == set()


def test_no_value_of_a_variable_is_a_secret(plan):
    """A variable may say where a secret lies, and which version of it."""
    where = re.compile(r"projects/[a-z0-9-]+/secrets/[a-z-]+/versions/[0-9]+")
    for service in services(plan).values():
        for name, value in variables(service).items():
            if re.search(r"PASSWORD|SECRET$|TOKEN|KEY$", name):
                assert where.fullmatch(value), name


def test_a_function_believes_exactly_those_who_may_call_it(plan):
    invokers = {}
    for change in plan["resource_changes"]:
        if change["type"] == "google_cloud_run_v2_service_iam_member":
            after = change["change"]["after"]
            member = after["member"].removeprefix("serviceAccount:")
            invokers.setdefault(after["name"], set()).add(member)
    for name, service in services(plan).items():
        given = variables(service)
        if name == "api":
            assert "PUSH_AUDIENCE" not in given
            assert invokers[name] == {"service-123456789012@gcp-sa-iap.iam.gserviceaccount.com"}
            continue
        assert set(given["PUSH_SERVICE_ACCOUNT"].split(",")) == invokers[name]
        assert given["PUSH_AUDIENCE"] == service["custom_audiences"][0]


def test_customers_are_told_the_accounts_that_open_what_is_theirs(plan):
    told = variables(services(plan)["api"])["IMPERSONATORS"].split(",")
    assert told == plan["planned_values"]["outputs"]["impersonators"]["value"]
    readers = {
        change["change"]["after"]["member"].removeprefix("serviceAccount:")
        for change in plan["resource_changes"]
        if change["type"] == "google_project_iam_member"
        and [c["title"] for c in change["change"]["after"]["condition"]]
        == ["only_keys_of_customers"]
    }
    assert set(told) == readers


def test_topics_are_those_that_the_code_publishes_to(plan):
    topics = {
        change["change"]["after"]["name"]
        for change in plan["resource_changes"]
        if change["type"] == "google_pubsub_topic"
    }
    named = {
        node.value.value
        for name in ("ports/messages", "import_ports")
        for node in ast.parse((ROOT / f"shared/{name}.py").read_text("utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith("TOPIC_")
    }
    assert topics == named | {"dead-letters"}


def test_schedules_and_pushes_call_paths_that_the_function_knows(plan):
    called = set()
    for change in plan["resource_changes"]:
        after = change["change"]["after"]
        if change["type"] == "google_cloud_scheduler_job":
            called.add(after["http_target"][0]["uri"])
        if change["type"] == "google_pubsub_subscription":
            called.add(after["push_config"][0]["push_endpoint"])
    paths = {}
    for address in called:
        found = re.fullmatch(
            r"https://([a-z]+)-123456789012\.europe-west1\.run\.app(/.*)?", address
        )
        paths.setdefault(found[1], set()).add(found[2])
    assert paths["monitor"] == {"/hourly", "/outbox", "/dead-letters"}
    text = (ROOT / "functions/monitor/main.py").read_text("utf-8")
    assert all(f'"{path}"' in text for path in paths["monitor"])
    assert all(paths[name] == {None} for name in ("scheduler", "planner", "worker", "importer"))


def test_each_alert_has_its_page(plan):
    pages = (ROOT / "docs/runbooks.md").read_text("utf-8")
    known = set(re.findall(r"(?m)^## ([a-z-]+)$", pages))
    alerts = {
        change["index"]
        for change in plan["resource_changes"]
        if change["type"] == "google_monitoring_alert_policy"
    }
    assert known == alerts


def test_log_metrics_look_for_events_that_the_code_writes(plan):
    asked = {
        name
        for change in plan["resource_changes"]
        if change["type"] == "google_logging_metric"
        for name in re.findall(r'jsonPayload\.event="(\w+)"', change["change"]["after"]["filter"])
    }
    assert asked
    assert asked - set(EVENTS) == set()


@pytest.mark.parametrize("name", [*main.ENTRY_POINTS, *JOBS])
def test_the_unpacked_archive_loads_with_the_packages_of_the_cloud(archive, python, tmp_path, name):
    with ZipFile(archive) as packed:
        packed.extractall(tmp_path)
    program = (
        "import importlib, sys\n"
        "name = sys.argv[1]\n"
        "if '.' in name:\n"
        "    importlib.import_module(name)\n"
        "else:\n"
        "    import functions_framework\n"
        "    functions_framework.create_app(name, 'main.py')\n"
        "import shared\n"
        "print(shared.__file__)\n"
    )
    bare = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    done = subprocess.run(
        [python, "-I", "-c", f"import sys; sys.path.insert(0, '.')\n{program}", name],
        cwd=tmp_path,
        env=bare | {"STATE_URL": f"sqlite:///{tmp_path}/state.sqlite"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == tmp_path / "shared/__init__.py"
