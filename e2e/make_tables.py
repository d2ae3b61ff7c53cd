"""CSV files by pandas and Parquet files by pyarrow, and their own reading of them."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

LONG_ROWS = 60_000


def write_simple_csv(path):
    pd.DataFrame({
        "whole": [1, -2, 3],
        "real": [0.1, np.nan, -1e300],
        "flag": [True, False, True],
        "text": ["a", None, "c"],
        "holes": [1, None, 3],
    }).to_csv(path, index=False)


def write_quoted_csv(path):
    """What a parser that splits at commas and line ends gets wrong."""
    pd.DataFrame({
        "plain name": ["one, two", 'say "hi"', "line\nbreak", "ünïcødé 日本"],
        "a,b": [1, 2, 3, 4],
        'q"q': ["", " lead", "trail ", "x"],
    }).to_csv(path, index=False)


def write_long_csv(path):
    """Several read-aheads long."""
    numbers = np.random.default_rng(3).normal(size=LONG_ROWS)
    pd.DataFrame({"n": np.arange(LONG_ROWS), "x": numbers, "label": [f"row {i % 97}" for i in range(LONG_ROWS)]}).to_csv(path, index=False)


def write_grouped_parquet(path):
    """Row groups of unequal size; the index of pandas among the columns."""
    frame = pd.DataFrame({"A": np.arange(1000), "B": np.linspace(0, 1, 1000), "C": [f"name {i % 10}" for i in range(1000)]})
    pq.write_table(pa.Table.from_pandas(frame), path, row_group_size=300)


def write_typed_parquet(path):
    moments = [datetime.datetime(2026, 1, 2, 3, 4, 5, 678901), None, datetime.datetime(1900, 1, 1)]
    rounded = [moment and moment.replace(microsecond=678000 if moment.microsecond else 0) for moment in moments]
    table = pa.table({
        "i8": pa.array([1, None, -128], pa.int8()),
        "u64": pa.array([0, 1, 2**64 - 1], pa.uint64()),
        "f32": pa.array([0.5, float("nan"), None], pa.float32()),
        "flag": pa.array([True, None, False]),
        "text": pa.array(["a", None, "日本"]),
        "octets": pa.array([b"\x00\xff", b"", None]),
        "category": pa.array(["x", "y", "x"]).dictionary_encode(),
        "day": pa.array([datetime.date(2026, 2, 28), None, datetime.date(1, 1, 1)]),
        "micros": pa.array(moments, pa.timestamp("us")),
        "zoned": pa.array(rounded, pa.timestamp("ms", tz="UTC")),
        "money": pa.array([decimal.Decimal("1.25"), None, decimal.Decimal("-99999.99")], pa.decimal128(9, 2)),
    })
    pq.write_table(table, path, compression="zstd")


def write_nested_parquet(path):
    table = pa.table({
        "list": pa.array([[1, 2], [], None, [3]], pa.list_(pa.int64())),
        "struct": pa.array([{"a": 1, "b": "x"}, {"a": None, "b": "y"}, None, {"a": 3, "b": None}]),
        "deep": pa.array([[{"k": [1.5]}], None, [], [{"k": []}, {"k": None}]], pa.list_(pa.struct([("k", pa.list_(pa.float64()))]))),
        "n": [1, 2, 3, 4],
    })
    pq.write_table(table, path, compression="snappy")


def read_csv(path):
    # Without "round_trip" pandas gives up the last digit of some numbers for speed.
    return pa.Table.from_pandas(pd.read_csv(path, float_precision="round_trip"), preserve_index=False)


def read_parquet(path):
    return pq.read_table(path)
