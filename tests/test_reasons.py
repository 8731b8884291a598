"""The catalogue of reasons knows every code that the source uses, and says what to do about it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from shared import reasons
from shared.errors import SluiceError
from shared.reasons import CATALOGUE, GROUPS, Blame, Reason
from shared.redaction import redacted

ROOT = Path(__file__).parents[1]
CODE = re.compile(r"[0-9a-z]+(-[0-9a-z]+)*")
# Calls whose argument at this place is a code, beside those of functions with a `reason`.
PLACES = {"Kind": 0, "Reject": 1}
# Errors of these classes say who has to act; so does the catalogue.
CLASSES = {
    "CustomerFault": Blame.CUSTOMER,
    "_customer": Blame.CUSTOMER,
    "Transient": Blame.TRANSIENT,
    "_transient": Blame.TRANSIENT,
    "OurFault": Blame.OURS,
}


@cache
def sources() -> dict[str, ast.Module]:
    """All modules but the catalogue's own, by path."""
    paths = [*ROOT.glob("shared/**/*.py"), *ROOT.glob("functions/**/*.py")]
    names = {str(path.relative_to(ROOT)): path for path in paths}
    return {
        name: ast.parse(path.read_text("utf-8"))
        for name, path in names.items()
        if not name.startswith("shared/reasons/")
    }


def named(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def constants(tree: ast.Module) -> dict[str, str]:
    """Texts that the module names."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def places(tree: ast.Module) -> dict[str, int]:
    """At which place the functions of the module take a reason."""
    found = dict(PLACES)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [each.arg for each in node.args.args]
            if "reason" in names:
                found[node.name] = names.index("reason")
    return found


def code_of(node: ast.expr, tree: ast.Module) -> str | None:
    """The code that an expression is, where that can be read from the source."""
    match node:
        case ast.Constant(value=str(code)):
            return code
        case ast.Name(id=name):
            known = constants(tree).get(name) or getattr(reasons, name, None)
        case ast.Attribute(attr="code", value=inner):
            known = getattr(reasons, named(inner), None)
        case ast.Attribute(attr=name, value=ast.Name(id="reasons")):
            known = getattr(reasons, name)
        case _:
            return None
    return known.code if isinstance(known, Reason) else known


def given(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(called, code) for every code that is handed to something."""
    at = places(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = named(node.func)
            values = [each.value for each in node.keywords if each.arg == "reason"]
            if called in at and len(node.args) > at[called]:
                values.append(node.args[at[called]])
            for value in values:
                if (code := code_of(value, tree)) is not None:
                    yield called, code
        elif isinstance(node, ast.FunctionDef) and node.name == "refuse":
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and isinstance(inner.value, ast.Constant):
                    yield node.name, str(inner.value.value or "token-missing")


# Google has reasons of its own.
FOREIGN = {("shared/adapters/bigquery_errors.py", "_sorted"), ("shared/drill/cloud.py", "_error")}


def used() -> Iterator[tuple[str, str, str]]:
    for name, tree in sources().items():
        yield from (
            (name, called, code) for called, code in given(tree) if (name, called) not in FOREIGN
        )


def test_every_code_that_the_source_uses_has_an_entry():
    assert [each for each in used() if each[2] not in CATALOGUE] == []
    assert len(list(used())) > 100


def errors(base: type[SluiceError] = SluiceError) -> Iterator[type[SluiceError]]:
    yield base
    for each in base.__subclasses__():
        yield from errors(each)


@pytest.mark.parametrize("kind", sorted(set(errors()), key=str), ids=lambda kind: kind.__name__)
def test_every_class_of_errors_has_an_entry_for_what_has_no_reason_of_its_own(kind):
    assert kind.default_reason in CATALOGUE


def test_every_entry_is_used():
    told = {name: value for name, value in vars(reasons).items() if name.isupper()}
    of_name = {n: v.code if isinstance(v, Reason) else v for n, v in told.items()}
    found = set()
    for tree in sources().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.Name | ast.Attribute) and named(node) in told:
                found.add(str(of_name[named(node)]))
    assert set(CATALOGUE) - found == set()


def test_the_catalogue_blames_whom_the_error_blames():
    wrong = [
        (name, called, code)
        for name, called, code in used()
        if called in CLASSES and CATALOGUE[code].blame is not CLASSES[called]
    ]
    assert wrong == []


def test_a_code_has_one_entry():
    codes = [each.code for entries in GROUPS.values() for each in entries]
    assert len(codes) == len(set(codes)) == len(CATALOGUE)


@pytest.mark.parametrize("reason", CATALOGUE.values(), ids=lambda reason: reason.code)
def test_an_entry_says_in_plain_words_what_to_do(reason):
    assert CODE.fullmatch(reason.code)
    assert reason.fix
    for text in (reason.title, reason.cause, *reason.fix):
        assert text == redacted(text) != ""
        assert text.endswith(".") or reason.code == "403-retention-policy-not-met"
        assert len(text) <= 200
    assert not reason.opens_incident or reason.blame is Blame.CUSTOMER
    assert reason.guide == "" or reason.guide.startswith("/")


def test_what_is_not_known_is_ours():
    for code in ("no-such-code", "", None):
        assert reasons.of(code) is reasons.UNKNOWN
    assert reasons.UNKNOWN.blame is Blame.OURS


def test_the_texts_of_credentials_that_are_refused():
    found = reasons.of("403-forbidden")
    assert found.title == "Credentials are incorrect, GCP account is forbidden."
    assert found.message == found.title
    assert found.cause == "The service account key has expired or is invalid."
    assert found.fix[0] == "Recheck all steps of the guide."
    assert found.guide


def test_the_steps_of_a_retention_policy():
    found = reasons.of("403-retention-policy-not-met")
    assert found.title == found.message == "403: retentionPolicyNotMet"
    assert found.fix == (
        "Open the GCP Console.",
        "Menu > Cloud Storage > Buckets.",
        "Select the bucket.",
        "Tab Protection.",
        "Section Retention policy (for compliance): when a policy is active, Edit, Delete and "
        "Lock are enabled.",
        "Delete it.",
        "If Delete is not enabled the policy is locked, and another bucket must be used.",
    )
