"""Schema: migrations say what the tables say, old data climbs, newer data is refused, a kill leaves old or new."""

import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from death import every_point

from demeure import store
from demeure.store import Database, DatabaseNewer, person_tables, space_tables, tables, work_tables
from demeure.store.schema import HOUSE, SPACE, Tree, open_at_head, version
from demeure.testing.store import Instance

for module in pkgutil.iter_modules(store.__path__):
    if module.name.endswith("tables"):  # each declares its own in the one metadata
        importlib.import_module(f"demeure.store.{module.name}")

KEY = bytes(range(32))
assert work_tables.metadata is person_tables.metadata is tables.metadata, "one house, one list of tables"
FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A tree of two revisions; the second moves data, in several statements."""
    folder = tmp_path / "tree"
    folder.mkdir()
    head = 'from alembic import op\nrevision = "{0}"\ndown_revision = {1}\nbranch_labels = depends_on = None\n'
    (folder / "v0001_first.py").write_text(
        head.format("0001", None)
        + dedent("""
        def upgrade():
            op.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, whole TEXT)")
        """)
    )
    (folder / "v0002_split.py").write_text(
        head.format("0002", '"0001"')
        + dedent("""
        def upgrade():
            op.execute("ALTER TABLE person ADD COLUMN first TEXT")
            op.execute("ALTER TABLE person ADD COLUMN last TEXT")
            op.execute("UPDATE person SET first = substr(whole, 1, instr(whole, ' ') - 1)")
            op.execute("UPDATE person SET last = substr(whole, instr(whole, ' ') + 1)")
            op.execute("ALTER TABLE person DROP COLUMN whole")
        """)
    )
    return Tree(folder, ("0001", "0002"))


def old_database(path: Path, tree: Tree) -> None:
    for leftover in path.parent.glob(f"*{path.name}*"):
        leftover.unlink()
    database = open_at_head(path, KEY, Tree(tree.folder, ("0001",)), may_create=True)
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO person VALUES (1, 'Jeanne Martin')")
    database.close()


def people(path: Path, tree: Tree) -> tuple[str | None, list[tuple[object, ...]]]:
    database = Database(path, KEY)
    with database.read() as connection:
        rows = [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM person")]
    found = version(database)
    database.close()
    return found, rows


@pytest.mark.parametrize(
    ("which", "tree", "metadata"),
    [("house", HOUSE, tables.metadata), ("space", SPACE, space_tables.metadata)],
)
def test_the_migrations_and_the_tables_say_the_same(
    instance: Instance, which: str, tree: Tree, metadata: sa.MetaData
) -> None:
    database: Database = getattr(instance, which)

    def ours(_object: object, name: str | None, *_more: object) -> bool:
        return not (name or "").startswith(("stems", "recall", "work_recall"))

    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": ours})
        assert compare_metadata(context, metadata) == []
        there = connection.exec_driver_sql("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").all()
    created = {name: _plain(str(sql)) for name, sql in there}
    for table in metadata.sorted_tables:
        wanted = _plain(str(sa.schema.CreateTable(table).compile(dialect=sa.dialects.sqlite.dialect())))
        assert created[table.name] == wanted, "checks and options too"


def _plain(sql: str) -> str:
    """One space between words; none where SQLite leaves one around a column that was added last."""
    return " ".join(sql.split()).replace(" ,", ",").replace(" )", ")")


@pytest.mark.parametrize("tree", [HOUSE, SPACE])
def test_the_listed_revisions_are_those_of_the_folder(tree: Tree) -> None:
    config = Config()
    config.set_main_option("script_location", str(tree.folder))
    config.set_main_option("version_locations", str(tree.folder))
    config.set_main_option("path_separator", "newline")
    script = ScriptDirectory.from_config(config)
    assert tuple(r.revision for r in reversed(list(script.walk_revisions()))) == tree.revisions


def test_an_old_database_climbs_with_its_data(tmp_path: Path, tree: Tree) -> None:
    path = tmp_path / "d" / "x.db"
    old_database(path, tree)
    open_at_head(path, KEY, tree, may_create=False).close()
    assert people(path, tree) == ("0002", [(1, "Jeanne", "Martin")])


@pytest.mark.parametrize("which", ["house", "space"])
def test_data_of_the_first_release_still_opens(tmp_path: Path, which: str) -> None:
    """The dump was made by the first release; later revisions must carry these rows."""
    path = tmp_path / f"{which}.db"
    database = Database(path, KEY, create=True)
    with database.write() as connection:
        for statement in (FIXTURES / f"{which}-0001.sql").read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    database.settle()
    database.close()
    opened = open_at_head(path, KEY, HOUSE if which == "house" else SPACE, may_create=False)
    with opened.read() as connection:
        if which == "house":
            row = connection.execute(sa.select(tables.documents)).one()
            assert (row.name, row.state, row.reason) == ("Tarifs 2026.pdf", "failed", {"code": "X", "params": {}})
            person = connection.execute(sa.select(tables.people)).one()
            assert (person.id, person.login, person.role, person.password) == (
                "p1",
                "jeanne",
                "administrator",
                None,
            )
            for table in (tables.links, tables.sessions, tables.members):
                assert connection.execute(sa.select(table.c.person)).scalar_one() == "p1", table.name
            assert (
                connection.execute(sa.select(tables.messages.c.text)).scalar_one()
                == "Où est l’école\N{NO-BREAK SPACE}?"
            )
        else:
            assert connection.execute(sa.select(space_tables.passages.c.place)).scalar_one()["page"] == 3
            query = "SELECT rowid FROM stems WHERE stems MATCH 'cantin'"
            assert connection.exec_driver_sql(query).scalar_one() == 1
    assert opened.damages() == []
    opened.close()


def test_whoever_was_a_member_is_an_agent_and_keeps_what_was_theirs(tmp_path: Path) -> None:
    path = tmp_path / "d" / "house.db"
    before = Tree(HOUSE.folder, HOUSE.revisions[:2])
    old = open_at_head(path, KEY, before, may_create=True)
    with old.write() as connection:
        for statement in (
            "INSERT INTO people VALUES ('a', 'Anne', 'anne', 'member', '2026', 0)",
            "INSERT INTO people VALUES ('j', 'Jean', 'jean', 'administrator', '2026', 1)",
            "INSERT INTO spaces VALUES ('mairie', 'Mairie', '2026', 0)",
            "INSERT INTO members VALUES ('mairie', 'a', 'contribute')",
            "INSERT INTO sessions VALUES (X'02', 'a', '2026', '2027', '2026')",
            "INSERT INTO links VALUES (X'03', 'a', 'sign-in', '2026', '2027', NULL)",
        ):
            connection.exec_driver_sql(statement)
    old.close()
    opened = open_at_head(path, KEY, HOUSE, may_create=False)
    with opened.read() as connection:
        rows = connection.execute(sa.select(tables.people).order_by(tables.people.c.id)).all()
        assert [(r.id, r.role, bool(r.disabled), r.password) for r in rows] == [
            ("a", "agent", False, None),
            ("j", "administrator", True, None),
        ]
        kept = [connection.execute(sa.select(t)).one() for t in (tables.members, tables.sessions, tables.links)]
        assert [row.person for row in kept] == ["a", "a", "a"]
        assert kept[1].device == ""
    with pytest.raises(sa.exc.IntegrityError), opened.write() as connection:
        connection.exec_driver_sql("UPDATE people SET role = 'member'")
    assert opened.damages() == []
    opened.close()


def test_roles_are_carried_over_when_a_new_one_is_known(tmp_path: Path) -> None:
    """Passwords, sessions and memberships stay; the data protection officer can be named; a stranger cannot."""
    path = tmp_path / "d" / "house.db"
    old = open_at_head(
        path, KEY, Tree(HOUSE.folder, HOUSE.revisions[: HOUSE.revisions.index("0009")]), may_create=True
    )
    columns = "(id, name, login, created_at, disabled, role, password, password_at)"
    with old.write() as connection:
        for statement in (
            f"INSERT INTO people {columns} VALUES ('a', 'Anne', 'anne', '2026', 0, 'agent', 'hash', '2026')",
            f"INSERT INTO people {columns} VALUES ('j', 'Jean', 'jean', '2026', 1, 'administrator', NULL, NULL)",
            f"INSERT INTO people {columns} VALUES ('r', 'Rose', 'rose', '2026', 0, 'referent', 'other', '2025')",
            "INSERT INTO spaces (id, name, created_at, deleting) VALUES ('mairie', 'Mairie', '2026', 0)",
            "INSERT INTO members VALUES ('mairie', 'r', 'manage')",
        ):
            connection.exec_driver_sql(statement)
    old.close()
    opened = open_at_head(path, KEY, HOUSE, may_create=False)
    with opened.read() as connection:
        rows = connection.execute(sa.select(tables.people).order_by(tables.people.c.id)).all()
        assert [(r.id, r.role, bool(r.disabled), r.password, r.password_at) for r in rows] == [
            ("a", "agent", False, "hash", "2026"),
            ("j", "administrator", True, None, None),
            ("r", "referent", False, "other", "2025"),
        ]
        assert connection.execute(sa.select(tables.members)).one().person == "r"
    with opened.write() as connection:
        connection.execute(sa.update(tables.people).where(tables.people.c.id == "a").values(role="dpo"))
    with pytest.raises(sa.exc.IntegrityError), opened.write() as connection:
        connection.exec_driver_sql("UPDATE people SET role = 'king'")
    assert opened.damages() == []
    opened.close()


def test_a_newer_database_is_refused_and_not_touched(tmp_path: Path, tree: Tree) -> None:
    path = tmp_path / "d" / "x.db"
    open_at_head(path, KEY, tree, may_create=True).close()
    before = path.read_bytes()
    with pytest.raises(DatabaseNewer) as refusal:
        open_at_head(path, KEY, Tree(tree.folder, ("0001",)), may_create=False)
    assert "0002" in refusal.value.sentence("fr") and "0001" in refusal.value.sentence("fr")
    assert path.read_bytes() == before


def test_killed_anywhere_a_migration_is_done_or_not_begun(tmp_path: Path, tree: Tree) -> None:
    path = tmp_path / "d" / "x.db"
    seen = set()
    work = lambda: open_at_head(path, KEY, tree, may_create=False).close()  # noqa: E731 - reads as the sentence
    for _point in every_point(work, lambda: old_database(path, tree)):
        state = people(path, tree)
        assert state in (("0001", [(1, "Jeanne Martin")]), ("0002", [(1, "Jeanne", "Martin")]))
        seen.add(state[0])
        work()
        assert people(path, tree) == ("0002", [(1, "Jeanne", "Martin")])
    assert "0001" in seen


def test_killed_anywhere_a_creation_is_done_or_begins_again(tmp_path: Path, tree: Tree) -> None:
    path = tmp_path / "d" / "x.db"
    path.parent.mkdir()
    work = lambda: open_at_head(path, KEY, tree, may_create=True).close()  # noqa: E731 - reads as the sentence

    def empty() -> None:
        for leftover in path.parent.iterdir():
            leftover.unlink()

    for _point in every_point(work, empty):
        if path.exists():
            assert people(path, tree)[0] == "0002"
        work()
        assert people(path, tree) == ("0002", [])
        assert not list(path.parent.glob(".*.new*")), "no half database lies about"


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, tree: Tree) -> None:
    path = tmp_path / "d" / "x.db"
    old_database(path, tree)
    script = tree.folder / "v0002_split.py"
    script.write_text(script.read_text() + "    op.execute('SELECT nothing FROM nowhere')\n")
    with pytest.raises(sa.exc.OperationalError):
        open_at_head(path, KEY, tree, may_create=False)
    assert people(path, tree) == ("0001", [(1, "Jeanne Martin")])


def test_four_processes_open_an_old_database_together(tmp_path: Path, tree: Tree) -> None:
    path = tmp_path / "d" / "x.db"
    old_database(path, tree)
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                database = open_at_head(path, KEY, tree, may_create=False)
                status = 0 if version(database) == "0002" else 2
            finally:
                os._exit(status)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 4
    assert people(path, tree) == ("0002", [(1, "Jeanne", "Martin")])


def test_opening_an_up_to_date_instance_does_not_import_alembic(instance: Instance) -> None:
    instance.close()
    program = dedent("""
        import sys, pathlib
        import demeure.store as store
        light = set(sys.modules)
        folder = pathlib.Path(sys.argv[1])
        key = store.read_house_key(folder)
        assert not {"sqlalchemy", "cryptography", "alembic"} & set(sys.modules), "reading a key is light"
        keys = store.Keys(key, store.keys_folder(folder))
        store.open_house(folder, keys).close()
        store.open_space(folder, keys, "mairie").close()
        assert "alembic" not in sys.modules
    """)
    subprocess.run([sys.executable, "-W", "error", "-c", program, str(instance.folder)], check=True)


@pytest.mark.parametrize(
    ("cached", "known"),
    [([], ("", True)), (["a", "a"], ("a", True)), (["a", "b"], ("", False))],
    ids=["no vectors", "one model", "two models"],
)
def test_a_space_of_before_learns_where_its_vectors_come_from(
    tmp_path: Path, cached: list[str], known: tuple[str, bool]
) -> None:
    """Of two models cached, nobody knows which made which vector: they are all made again, from the cache."""
    path = tmp_path / "d" / "space.db"
    old = open_at_head(path, KEY, Tree(SPACE.folder, SPACE.revisions[:3]), may_create=True)
    with old.write() as connection:
        for number, model in enumerate(cached, 1):
            said = {"place": {}, "text": "x", "digest": b"%d" % number}
            row = {"id": number, "document": "d", "ordinal": number, **said}
            connection.execute(space_tables.passages.insert().values(row))
            made = {"vector": bytes(384), "scale": 1.0}
            connection.execute(space_tables.vectors.insert().values(passage=number, **made))
            cached_one = {"digest": said["digest"], "model": model, **made}
            connection.execute(space_tables.vector_cache.insert().values(cached_one))
    old.close()
    opened = open_at_head(path, KEY, SPACE, may_create=False)
    with opened.read() as connection:
        row = connection.execute(sa.select(space_tables.vector_source)).one()
    assert (row.model, bool(row.whole)) == known
    opened.close()
