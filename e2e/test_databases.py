"""Workbooks and databases: the Tiled client and Arrow give what pandas and sqlite3 read from the files themselves."""

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compare import assert_same_column
from server import ROOT, Server

FIXTURES = Path(ROOT) / "fixtures"
ROWS = 150_000


def write_sqlite(path):
    with sqlite3.connect(path) as database:
        frame = pd.DataFrame({"n": np.arange(ROWS), "x": np.arange(ROWS) / 8, "label": [f"row {i % 97}, ü" for i in range(ROWS)]})
        frame.to_sql("long table", database, index=False)
        database.execute("CREATE VIEW few AS SELECT n, label FROM \"long table\" WHERE n < 5")
        database.execute("CREATE VIEW broken AS SELECT * FROM nowhere")
    database.close()


def write_workbook(path):
    with pd.ExcelWriter(path) as writer:
        pd.DataFrame({"day": pd.date_range("2024-01-01", periods=3000, freq="11h"), "x": np.arange(3000) / 4, "name": [f"name {i % 7}" for i in range(3000)]}).to_excel(writer, sheet_name="Long sheet", index=False)
        pd.DataFrame({"a": [1, None, 3], "b": [True, False, True]}).to_excel(writer, sheet_name="b", index=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    data = tmp_path_factory.mktemp("database_files")
    write_sqlite(data / "lite.db")
    write_workbook(data / "book.xlsx")
    shutil.copy(FIXTURES / "sql" / "tables.duckdb", data / "duck.duckdb")
    (data / "cut.sqlite").write_bytes((data / "lite.db").read_bytes()[:20_000])
    (data / "no.xlsx").write_bytes(b"no workbook")
    return data


@pytest.fixture(scope="module")
def served(tmp_path_factory, folder):
    config = tmp_path_factory.mktemp("database_config") / "tessera.yaml"
    config.write_text(f"""
sql:
  connections:
    lite: sqlite:{folder}/lite.db
    hidden: postgres://user:secretword@127.0.0.1:1/none
  tables:
    queries/sums: {{ connection: lite, query: 'SELECT label, sum(n) AS total FROM "long table" GROUP BY label', orderBy: [label] }}
    queries/away: {{ connection: hidden, table: x }}
""")
    with Server(tmp_path_factory.mktemp("database_state"), folder, "--config", str(config)) as server:
        yield server.wait_for("lite", "book", "duck", "cut", "no", "queries")


@pytest.fixture(scope="module")
def client(served):
    return served.client()


def test_tables_and_views_of_sqlite(served, client):
    assert list(client["lite"]) == ["broken", "few", "long table"]
    node = client["lite/long table"]
    assert node.structure().npartitions == 2
    np.testing.assert_array_equal(node["n"].read(), np.arange(ROWS))
    np.testing.assert_array_equal(node["x"].read(), np.arange(ROWS) / 8)
    assert client["lite/few"].read()["label"].tolist() == [f"row {i}, ü" for i in range(5)]
    second = served.arrow("table/partition/lite/long%20table?partition=1")
    assert second["n"].to_pylist() == list(range(131_072, ROWS))
    assert served.get("/api/v1/metadata/lite/broken").status_code == 410


def test_tables_of_duckdb(served, client):
    # A view that reads a file is none of these.
    assert served.get("/api/v1/metadata/duck/outside").status_code == 410
    np.testing.assert_array_equal(client["duck/other/rows/i"].read(), np.arange(5000))
    table = served.arrow("table/full/duck/types")
    assert table["u8"].to_pylist() == [2**64 - 1, None]
    assert str(table["wide"].to_pylist()[0]) == "12345678901234567890123456789012345.678"


def test_sheets(served, client, folder):
    assert list(client["book"]) == ["Long sheet", "b"]
    for sheet, expected in pd.read_excel(folder / "book.xlsx", sheet_name=None).items():
        frame = client["book"][sheet].read()
        assert list(frame.columns) == list(expected.columns)
        for column in expected.columns:
            assert_same_column(frame[column].tolist(), expected[column].tolist(), f"{sheet} column {column}")
    assert client["book/Long sheet/day"].read().dtype.kind == "M"


def test_configured_queries(served, client, folder):
    with sqlite3.connect(folder / "lite.db") as database:
        expected = database.execute('SELECT label, sum(n) FROM "long table" GROUP BY label ORDER BY label').fetchall()
    frame = client["queries/sums"].read()
    assert list(zip(frame["label"], frame["total"])) == expected


def test_where_a_database_is_stays_hidden(served):
    away = served.get("/api/v1/metadata/queries/away")
    assert away.status_code == 410
    for path in ("/api/v1/metadata/queries/away", "/api/v1/search/queries?include_data_sources=true", "/api/v1/metadata/queries/sums?include_data_sources=true"):
        text = served.get(path).text
        assert "secretword" not in text and "127.0.0.1:1" not in text and "lite.db" not in text, path


def test_what_is_damaged_says_so(served):
    assert served.get("/api/v1/metadata/no").status_code == 410
    # Of a database that is cut off the schema may still be there, and its tables not.
    for path in ("/api/v1/metadata/cut", "/api/v1/metadata/cut/long%20table", "/api/v1/table/full/cut/long%20table?format=csv"):
        assert served.get(path).status_code in (200, 404, 410), path
    assert served.get("/api/v1/table/full/cut/long%20table?format=csv").status_code in (404, 410)
