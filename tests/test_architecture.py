"""The rules of the house, read from the code itself (docs/architecture.md names them)."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from entry_service.vault.operations import OPERATIONS

ROOT = Path(__file__).resolve().parent.parent
SERVICE, ANALYTICS, CORE = ROOT / "entry_service", ROOT / "analytics", ROOT / "entry_service" / "core"
EDGES = {"flask", "sqlalchemy", "sqlite3", "psycopg", "alembic", "os", "random", "secrets", "time"}
EDGES |= {"uuid", "socket", "subprocess", "tempfile", "shutil", "pathlib", "io", "logging", "sys"}
STATIC = ROOT / "static"
IDENTITY_TABLES = ("records", "day_keys", "challenges", "cards", "card_days")  # of vault/tables.py
# The one module outside the vault that opens its database: it empties a demonstration, or finds it empty.
DEMO_STATE = SERVICE / "demo" / "state.py"


def modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def imports(path: Path) -> Iterator[str]:
    """Yield the absolute dotted name of everything the module imports, relative imports resolved."""
    package = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level]) if node.level else ""
            stem = ".".join(part for part in (base, node.module or "") if part)
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def calls(path: Path, names: set[str]) -> list[str]:
    """Return every dotted call in the module that ends in one of the names, with its line."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split("(")[0] in names:
            found.append(f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node.func)}")
    return found


def tracked(*endings: str) -> list[Path]:
    """Return the files under version control (and new ones not ignored) with one of the endings."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in listed if name.endswith(endings) and (ROOT / name).exists()]


@pytest.mark.parametrize("path", modules(CORE), ids=lambda path: path.stem)
def test_core_imports_no_edge(path):
    roots = {name.split(".")[0] for name in imports(path)}
    inner = {name for name in imports(path) if name.startswith("entry_service.")}
    assert not roots & EDGES
    assert roots <= {*sys.stdlib_module_names, "cryptography", "entry_service"}
    assert all(name.startswith("entry_service.core") for name in inner)


def test_the_two_packages_do_not_know_each_other():
    service = [name for path in modules(SERVICE) for name in imports(path)]
    analytics = [name for path in modules(ANALYTICS) for name in imports(path)]
    assert not [name for name in service if name.split(".")[0] in {"analytics", "pandas", "geopandas"}]
    assert not [name for name in analytics if name.split(".")[0] in {"entry_service", "flask", "sqlalchemy"}]
    assert not [name for name in analytics if name.split(".")[0] in {"sqlite3", "psycopg"}]


def test_only_one_module_of_each_package_reads_the_clock():
    readers = {"datetime.now", "datetime.utcnow", "date.today", "datetime.today", "datetime.datetime.now"}
    readers |= {"dt.datetime.now", "dt.date.today", "time.time", "time.time_ns", "time.localtime", "time.gmtime"}
    readers |= {
        "time.strftime",
        "time.ctime",
        "pd.Timestamp.now",
        "pd.Timestamp.today",
        "Timestamp.now",
        "uuid.uuid1",
    }
    edges = {SERVICE / "clock.py", ANALYTICS / "__main__.py"}
    inner = [path for path in modules(SERVICE) + modules(ANALYTICS) if path not in edges]
    assert [call for path in inner for call in calls(path, readers)] == []
    hidden = {"time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.strftime", "time.ctime"}
    assert [path for path in inner if hidden & set(imports(path))] == []  # from time import time


def test_randomness_without_a_seed_stays_at_the_edge_of_analytics():
    hidden = {"np.random.rand", "np.random.seed", "random.random", "np.random.randint", "np.random.choice"}
    assert [call for path in modules(ANALYTICS) for call in calls(path, hidden)] == []
    unseeded = re.compile(r"default_rng\(\s*\)|RandomState\(\s*\)|SeedSequence\(\s*\)")
    assert [
        path for path in modules(ANALYTICS) + modules(SERVICE) if unseeded.search(path.read_text("utf-8"))
    ] == []


def outside_the_vault() -> list[Path]:
    return [path for path in modules(SERVICE) if path.relative_to(SERVICE).parts[0] != "vault"]


def test_only_the_vault_knows_the_tables_of_the_identity_database():
    outside = outside_the_vault()
    assert [path for path in outside if any(".vault.tables" in name for name in imports(path))] == []
    statement = re.compile(rf"(?i)\b(?:from|into|table|update|join)\s+(?:{'|'.join(IDENTITY_TABLES)})\b")
    written = {
        path: text.value
        for path in outside
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and statement.search(text.value)
    }
    spoken = {
        path: text for path, text in written.items() if re.match(r"\s*(?i:select|insert|update|delete|drop)", text)
    }
    assert spoken == {}


def test_only_the_vault_opens_the_identity_database():
    """The address goes to ``open_vault`` and ``migrate_vault``, the opened store to the vault's own classes."""
    known = {SERVICE / "services.py", SERVICE / "settings.py", DEMO_STATE}
    openers = {"create_engine", "open_store", "migrate", "sqlite3.connect", "psycopg.connect"}
    for path in outside_the_vault():
        source = path.read_text(encoding="utf-8")
        if "vault_address" in source and path not in known:
            assert calls(path, openers) == [], path
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and "vault_address" in ast.unparse(node):
                assert path == DEMO_STATE or ast.unparse(node.func) not in openers, f"{path}: {ast.unparse(node)}"
        if path != SERVICE / "services.py":
            assert "vault.store" not in source, path


def test_what_the_vault_holds_in_the_clear_is_asked_of_nobody_else():
    """Sealing may be called from outside (bulk deposits of simulated people), opening a seal may not."""
    for path in outside_the_vault():
        named = {name.rpartition(".")[2] for name in imports(path) if ".vault" in name}
        assert not named & {"unseal", "unwrap", "wrap", "day_keys", "records", "challenges"}, path
        attributes = {
            node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)
        }
        assert not attributes & {"_day_key", "_kek", "_days"}, path


def test_contacts_leave_the_vault_through_disclosure_alone():
    """Inside the vault these give a contact back; the case file writes its audit row before it does so."""
    returning = {
        f"{path.name}:{node.name}"
        for path in modules(SERVICE / "vault")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.returns
        if re.search(r"\b\w*Contact\b|\bOpened\b", ast.unparse(node.returns))
    }
    inner = {"sealing.py:unseal", "records.py:opened", "vault.py:open_contacts"}
    inner |= {"case_sealing.py:unseal", "case_sealing.py:contact_of"}
    inner.add("case_sealing.py:contact_of")  # one of those that were opened
    disclosed = {name for name in returning if name.startswith(("case_files.py:", "disclosures.py:"))}
    assert returning == inner | disclosed
    assert "open_contacts" not in OPERATIONS
    assert [path for path in outside_the_vault() if ".open_contacts(" in path.read_text(encoding="utf-8")] == []


def test_sql_is_written_in_the_store_and_the_vault_alone():
    rooms = {"store", "vault"}
    for path in modules(SERVICE):
        if path.relative_to(SERVICE).parts[0] not in rooms and path != DEMO_STATE:
            named = {name for name in imports(path) if name.split(".")[0] == "sqlalchemy"}
            assert {name for name in named if not name.startswith("sqlalchemy.exc.")} <= {
                "sqlalchemy.Connection"
            }, path
            assert {"sqlite3", "psycopg"} & {name.split(".")[0] for name in imports(path)} == set(), path


ROOMS = {  # room → what it may import of the service; docs/architecture.md says why
    "core": {"core"},
    "store": {"core", "store", "durable", "beside"},
    "vault": {"core", "store", "vault", "durable"},
    "posters": {"core", "posters"},
    "usecases": {"core", "store", "vault", "posters", "usecases"}
    | {"services", "passwords", "spreadsheets", "sheet_reader", "version", "durable", "beside"},
    "upkeep": {"core", "store", "vault", "usecases", "upkeep", "services", "settings", "version", "durable"},
    "doctor": {"core", "store", "vault", "usecases", "upkeep", "doctor", "services", "settings"},
}


@pytest.mark.parametrize("room", ROOMS)
def test_data_flows_one_way(room):
    for path in modules(SERVICE / room):
        inner = {name.split(".")[1] for name in imports(path) if name.startswith("entry_service.")}
        assert inner <= ROOMS[room], (path, inner - ROOMS[room])
        if room != "store":
            assert "flask" not in {name.split(".")[0] for name in imports(path)}, path


PARTS = {  # room → its parts, each with the parts of the same room that it may import
    "store": {
        "schema": set(),
        "database": set(),
        "log": {"schema", "database"},
        "sites": {"schema", "database", "log"},
        "cases": {"schema", "database", "log"},
        "plans": {"schema", "database", "log"},
        "retention": {"schema", "database", "log", "cases"},
    },
    "usecases": {
        "doors": set(),
        "sites": {"doors"},
        "cases": {"doors"},
        "hotspots": set(),
        "plans": {"doors"},
        "drills": {"doors", "cases"},
        "retention": {"sites", "cases", "drills"},
    },
}


@pytest.mark.parametrize("room", PARTS)
def test_data_flows_one_way_inside_a_room(room):
    folders = {path.parent.name for path in modules(SERVICE / room) if path.parent.parent == SERVICE / room}
    assert folders - {"migrations"} == PARTS[room].keys()
    for part, known in PARTS[room].items():
        for path in modules(SERVICE / room / part):
            names = [name.split(".") for name in imports(path) if name.startswith(f"entry_service.{room}.")]
            assert {name[2] for name in names} <= known | {part}, path


def test_use_cases_and_rooms_below_do_not_import_the_web():
    rooms = [SERVICE / room for room in ("core", "store", "vault", "usecases", "posters", "demo")]
    inner = [path for room in rooms for path in modules(room)]
    assert [path for path in inner if any(".web" in name for name in imports(path))] == []


def test_no_module_is_longer_than_300_lines():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked(".py", ".js", ".css")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert long == {}


def test_every_module_says_what_it_is():
    sources = {path: path.read_text("utf-8") for path in modules(SERVICE) + modules(ANALYTICS)}
    assert [
        path for path, text in sources.items() if text.strip() and not ast.get_docstring(ast.parse(text))
    ] == []


def own_files(ending: str) -> list[Path]:
    return [path for path in STATIC.rglob(f"*.{ending}") if "node_modules" not in path.parts]


def test_scripts_and_styles_load_nothing_from_outside_and_only_listed_packages():
    from entry_service.web.frame.vendor import FILES

    for path in own_files("js"):
        source = path.read_text(encoding="utf-8")
        found = re.findall(r"""(?:\bfrom|\bimport\s*\(?)\s*["']([^"']+)["']""", source)
        for name in found:
            assert name.startswith(("/static/", "/vendor/", "./", "../")), (path, name)
            if name.startswith("/vendor/"):
                assert name.removeprefix("/vendor/") in FILES, (path, name)
            if name.startswith("/static/"):
                assert (ROOT / name[1:]).is_file(), (path, name)
        outside = {text for text in re.findall(r"https?://[^\s\"'`]+", source) if "www.w3.org" not in text}
        assert outside == set(), path
        assert not re.search(
            r"\beval\(|new Function\(|\.innerHTML\s*=|document\.write|insertAdjacentHTML", source
        ), path
    for path in own_files("css"):
        assert not re.search(r"url\(\s*[\"']?(?:https?:)?//|@import", path.read_text(encoding="utf-8")), path


def test_every_own_script_and_style_is_used():
    """What no page, script or test names is dead."""
    sources = [*(SERVICE / "web").rglob("*.html"), *modules(SERVICE), *own_files("js"), *modules(ROOT / "tests")]
    texts = {path: path.read_text(encoding="utf-8") for path in sources}
    for path in [*own_files("js"), *own_files("css")]:
        assert any(path.name in text for source, text in texts.items() if source != path), path


def test_every_template_is_rendered_or_included():
    templates = SERVICE / "web" / "templates"
    texts = [path.read_text("utf-8") for path in [*templates.rglob("*.html"), *modules(SERVICE)]]
    for path in templates.rglob("*.html"):
        name = str(path.relative_to(templates))
        assert any(f'"{name}"' in text for text in texts), name
