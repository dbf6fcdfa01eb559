"""The rules of the house, read from the code itself (docs/architecture.md names them)."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SERVICE, ANALYTICS, CORE = ROOT / "entry_service", ROOT / "analytics", ROOT / "entry_service" / "core"
EDGES = {"flask", "sqlalchemy", "sqlite3", "psycopg", "alembic", "os", "random", "secrets", "time"}


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
    assert all(name.startswith("entry_service.core") for name in inner)


def test_the_two_packages_do_not_know_each_other():
    service = [name for path in modules(SERVICE) for name in imports(path)]
    analytics = [name for path in modules(ANALYTICS) for name in imports(path)]
    assert not [name for name in service if name.split(".")[0] in {"analytics", "pandas", "geopandas"}]
    assert not [name for name in analytics if name.split(".")[0] in {"entry_service", "flask", "sqlalchemy"}]
    assert not [name for name in analytics if name.split(".")[0] in {"sqlite3", "psycopg"}]


def test_only_one_module_of_each_package_reads_the_clock():
    readers = {"datetime.now", "datetime.utcnow", "date.today", "datetime.today", "time.time", "clock.time"}
    service = [call for path in modules(SERVICE) if path.name != "clock.py" for call in calls(path, readers)]
    edge = ANALYTICS / "__main__.py"
    analytics = [call for path in modules(ANALYTICS) if path != edge for call in calls(path, readers)]
    assert service == []
    assert analytics == []


def test_randomness_without_a_seed_stays_at_the_edge_of_analytics():
    hidden = {"np.random.rand", "np.random.seed", "random.random", "np.random.randint", "np.random.choice"}
    assert [call for path in modules(ANALYTICS) for call in calls(path, hidden)] == []


def test_only_the_vault_opens_the_identity_database():
    outside = [path for path in modules(SERVICE) if "vault" not in path.relative_to(SERVICE).parts[0]]
    tables = [path for path in outside if any(".vault.tables" in name for name in imports(path))]
    assert tables == []


def test_use_cases_and_rooms_below_do_not_import_the_web():
    rooms = [SERVICE / room for room in ("core", "store", "vault", "usecases", "demo")]
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
