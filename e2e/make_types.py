"""Every type a column can have, nulls among the values: the rows of a table in an Arrow and in a Parquet file."""

import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

BERLIN = "Europe/Berlin"
DAY = 86_400
# 2020-03-29 01:00 UTC: clocks in Berlin go from +01:00 to +02:00.
CHANGE = 1_585_443_600
WORDS = ["", "a", "ünïcødé 日本 🎉", 'comma, "quote"', "line\nbreak\ttab", "<b>&amp;'", "NULL", " padded ", None, "x" * 40]
BYTES = [b"", b"\x00\xff", b"abc", None, b"0123456789abcdef!", b'"', b"\n", b",", b"<", b"\xe2\x82"]
ROWS = len(WORDS)


def spread(values):
    """As many values as there are rows, in turn, and a null at the end."""
    return [values[i % len(values)] for i in range(ROWS - 1)] + [None]


def integers(bits, signed):
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return spread([0, 1, low, high, high - 1, low + 1, 7, None])


def floats(type_, small, large):
    return pa.array(spread([0.0, -0.0, 1.5, 0.1, float("nan"), float("inf"), -float("inf"), small, large]), pa.float64()).cast(type_, safe=False)


def decimals(make, precision, scale):
    # Made of digits: arithmetic of decimals rounds.
    unit, most = Decimal((0, (1,), -scale)), Decimal((0, (9,) * precision, -scale))
    return pa.array(spread([Decimal(0), unit, unit.copy_negate(), most, most.copy_negate(), None]), make(precision, scale))


def times(unit, type_):
    per_second = {"s": 1, "ms": 1000, "us": 10**6, "ns": 10**9}[unit]
    return pa.array(spread([0, 1, per_second - 1, 3723 * per_second + 1, DAY * per_second - 1, None]), pa.int64()).cast(pa.int32() if unit in ("s", "ms") else pa.int64()).cast(type_)


def moments(unit, zone=None):
    per_second = {"s": 1, "ms": 1000, "us": 10**6, "ns": 10**9}[unit]
    counts = [0, -1, (CHANGE - 1) * per_second, CHANGE * per_second, 1_700_000_000 * per_second + per_second // 3, -5_000_000_000 * per_second, None, DAY * per_second]
    return pa.array(spread(counts), pa.int64()).cast(pa.timestamp(unit, zone))


def lengths(unit):
    per_second = {"s": 1, "ms": 1000, "us": 10**6, "ns": 10**9}[unit]
    return pa.array(spread([0, 1, -1, 90_061 * per_second, -90_061 * per_second, None]), pa.int64()).cast(pa.duration(unit))


def lists(type_, value_type=None):
    return pa.array(spread([[1, 2], [], None, [3, None], [4]]), type_)


DAYS = [datetime.date(1970, 1, 1), datetime.date(1969, 12, 31), datetime.date(2020, 2, 29), None, datetime.date(1, 1, 1), datetime.date(9999, 12, 31), datetime.date(1900, 2, 28)]
DEEP = pa.list_(pa.struct([("k", pa.list_(pa.float64())), ("when", pa.timestamp("ms", "UTC"))]))

#: name -> values. Everything here is in the Arrow file.
COLUMNS = {
    "null": pa.nulls(ROWS),
    "bool": pa.array(spread([True, False, None])),
    **{f"int{bits}": pa.array(integers(bits, True), getattr(pa, f"int{bits}")()) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": pa.array(integers(bits, False), getattr(pa, f"uint{bits}")()) for bits in (8, 16, 32, 64)},
    "float16": floats(pa.float16(), 6e-8, 65504.0),
    "float32": floats(pa.float32(), 1e-45, 3.4028234663852886e38),
    "float64": floats(pa.float64(), 5e-324, 1.7976931348623157e308),
    "decimal32": decimals(pa.decimal32, 9, 2),
    "decimal64": decimals(pa.decimal64, 18, 4),
    "decimal128": decimals(pa.decimal128, 38, 10),
    "decimal128 of tens": pa.array(spread([Decimal("1200"), None, Decimal("-500")]), pa.decimal128(6, -2)),
    "decimal256": decimals(pa.decimal256, 70, 30),
    "date32": pa.array(spread(DAYS), pa.date32()),
    "date64": pa.array(spread(DAYS), pa.date64()),
    **{f"time32 {unit}": times(unit, pa.time32(unit)) for unit in ("s", "ms")},
    **{f"time64 {unit}": times(unit, pa.time64(unit)) for unit in ("us", "ns")},
    **{f"timestamp {unit}": moments(unit) for unit in ("s", "ms", "us", "ns")},
    **{f"timestamp {unit} {BERLIN}": moments(unit, BERLIN) for unit in ("s", "ms", "us", "ns")},
    "timestamp us UTC": moments("us", "UTC"),
    "timestamp ms +05:30": moments("ms", "+05:30"),
    **{f"duration {unit}": lengths(unit) for unit in ("s", "ms", "us", "ns")},
    "interval": pa.array(spread([pa.MonthDayNano([1, -2, 3_000_000_001]), None, pa.MonthDayNano([0, 0, 0])]), pa.month_day_nano_interval()),
    "text": pa.array(WORDS),
    "large text": pa.array(WORDS, pa.large_utf8()),
    "text view": pa.array(WORDS, pa.string_view()),
    "binary": pa.array(BYTES, pa.binary()),
    "large binary": pa.array(BYTES, pa.large_binary()),
    "binary view": pa.array(BYTES, pa.binary_view()),
    "fixed binary": pa.array(spread([b"abc", None, b"\x00\x00\x00"]), pa.binary(3)),
    "category": pa.array(WORDS).dictionary_encode(),
    "category of numbers": pa.DictionaryArray.from_arrays(pa.array(spread([0, 2, 1, None]), pa.int8()), pa.array([10, 20, 30], pa.int64())),
    "list": lists(pa.list_(pa.int64())),
    "large list": lists(pa.large_list(pa.int32())),
    "fixed list": pa.array(spread([[1.5, None], None, [0.0, -1.0]]), pa.list_(pa.float32(), 2)),
    "struct": pa.array(spread([{"a": 1, "b": "x"}, {"a": None, "b": "ü"}, None]), pa.struct([("a", pa.int32()), ("b", pa.utf8())])),
    "map": pa.array(spread([[("k", 1), ("l", None)], [], None]), pa.map_(pa.utf8(), pa.int64())),
    "deep": pa.array(spread([[{"k": [1.5, float("nan")], "when": datetime.datetime(2020, 1, 2)}, {"k": None, "when": None}], None, [], [None]]), DEEP),
    "Ünïcode, \"名前\"\n": pa.array(range(ROWS), pa.int64()),
}

#: Types that pyarrow cannot write to Parquet.
NOT_IN_PARQUET = {"interval", "decimal128 of tens"}


def types_table():
    return pa.table(COLUMNS)


def write_arrow(path, table=None):
    table = types_table() if table is None else table
    with pa.ipc.new_file(path, table.schema) as writer:
        # Two batches, the first of few rows.
        writer.write_table(table.slice(0, 3))
        writer.write_table(table.slice(3))


def write_parquet(path):
    table = types_table().drop_columns(list(NOT_IN_PARQUET))
    pq.write_table(table, path, row_group_size=4)
