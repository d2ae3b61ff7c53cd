"""Tables as the real libraries read them from each format, brought to values that can be compared: times are counts of nanoseconds."""

import base64
import datetime
import html.parser
import io
import json
import re
from decimal import Decimal

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

BILLION = 10**9
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": BILLION}
EPOCH = datetime.datetime(1970, 1, 1)
DATA_URI = "data:application/octet-stream;base64,"


def is_list(kind):
    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def is_text(kind):
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def is_bytes(kind):
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind) or pa.types.is_fixed_size_binary(kind)


def float_value(kind, value):
    """A float as its shortest text in its own width, so that NaN equals itself and -0.0 is not 0.0."""
    width = {16: np.float16, 32: np.float32, 64: np.float64}[kind.bit_width]
    return repr(float(width(value)))


def value_of(scalar):
    """An Arrow scalar as a value to compare."""
    kind = scalar.type
    if not scalar.is_valid:
        return None
    if pa.types.is_dictionary(kind):
        return value_of(scalar.dictionary[scalar.index.as_py()])
    if pa.types.is_floating(kind):
        return float_value(kind, scalar.as_py())
    if pa.types.is_timestamp(kind) or pa.types.is_duration(kind):
        return scalar.value * (BILLION // PER_SECOND[kind.unit])
    if pa.types.is_time(kind):
        return scalar.value * (BILLION // PER_SECOND[kind.unit])
    if pa.types.is_date(kind):
        return scalar.as_py().toordinal()
    if pa.types.is_map(kind):
        return [{"key": value_of(pair["key"]), "value": value_of(pair["value"])} for pair in scalar.values]
    if pa.types.is_struct(kind):
        return {field.name: value_of(scalar[field.name]) for field in kind}
    if is_list(kind):
        return [value_of(item) for item in scalar.values]
    if pa.types.is_interval(kind):
        months, days, nanoseconds = scalar.as_py()
        return (months, days, nanoseconds)
    return scalar.as_py()


def values_of(column):
    return [value_of(scalar) for chunk in column.chunks for scalar in chunk]


def parsed_interval(text):
    match = re.fullmatch(r"P(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T(-?)(\d+)(?:\.(\d+))?S)?", text)
    months, days, sign, seconds, fraction = match.groups()
    nanoseconds = int(seconds or 0) * BILLION + int((fraction or "").ljust(9, "0") or 0)
    return (int(months or 0), int(days or 0), -nanoseconds if sign else nanoseconds)


def parsed_moment(text):
    plain, sign, hours, minutes, seconds = re.fullmatch(r"(.*?)(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?", text.replace(" ", "T")).groups()
    offset = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return int(np.datetime64(plain, "ns").astype(np.int64)) - (-offset if sign == "-" else offset) * BILLION


def parsed_clock(text):
    hours, minutes, seconds = text.split(":")
    whole, _, fraction = seconds.partition(".")
    return (int(hours) * 3600 + int(minutes) * 60 + int(whole)) * BILLION + int(fraction.ljust(9, "0") or 0)


def parsed(kind, text):
    """What a cell of text, or a JSON value, says."""
    if text is None or pa.types.is_null(kind):
        return None
    if pa.types.is_dictionary(kind):
        return parsed(kind.value_type, text)
    if is_list(kind) or pa.types.is_struct(kind) or pa.types.is_map(kind):
        value = json.loads(text, parse_float=Decimal) if isinstance(text, str) else text
        if pa.types.is_struct(kind):
            return {field.name: parsed(field.type, value[field.name]) for field in kind}
        if pa.types.is_map(kind):
            return [{"key": parsed(kind.key_type, pair["key"]), "value": parsed(kind.item_type, pair["value"])} for pair in value]
        return [parsed(kind.value_type, item) for item in value]
    if pa.types.is_boolean(kind):
        return {"True": True, "False": False}[text] if isinstance(text, str) else bool(text)
    if pa.types.is_integer(kind):
        return int(text)
    if pa.types.is_floating(kind):
        return float_value(kind, float(text))
    if pa.types.is_decimal(kind):
        return Decimal(text)
    if pa.types.is_date(kind):
        return datetime.date.fromisoformat(text).toordinal()
    if pa.types.is_time(kind):
        return parsed_clock(text)
    if pa.types.is_timestamp(kind):
        return parsed_moment(text)
    if pa.types.is_duration(kind):
        return pd.Timedelta(text).value
    if pa.types.is_interval(kind):
        return parsed_interval(text)
    if is_bytes(kind):
        assert text.startswith(DATA_URI)
        return base64.b64decode(text[len(DATA_URI):])
    return text


# Readers: bytes of the format and the schema of the table -> name -> values


def read_arrow_file(content, schema):
    table = pa.ipc.open_file(content).read_all()
    table.validate(full=True)
    return {name: values_of(table[name]) for name in table.column_names}


def read_arrow_stream(content, schema):
    table = pa.ipc.open_stream(content).read_all()
    table.validate(full=True)
    return {name: values_of(table[name]) for name in table.column_names}


def read_parquet(content, schema):
    table = pq.read_table(io.BytesIO(content))
    table.validate(full=True)
    return {
        name: values_of(table[name]) if not pa.types.is_interval(schema.field(name).type) else [parsed(schema.field(name).type, text) for text in table[name].to_pylist()]
        for name in table.column_names
    }


def read_csv(content, schema):
    # As text: what is missing is not there, and an empty text is quoted.
    options = pa.csv.ConvertOptions(column_types={name: pa.string() for name in schema.names}, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""])
    table = pa.csv.read_csv(io.BytesIO(content), parse_options=pa.csv.ParseOptions(newlines_in_values=True), convert_options=options)
    return {name: [parsed(schema.field(name).type, text) for text in table[name].to_pylist()] for name in table.column_names}


def unique(pairs):
    assert len({key for key, _ in pairs}) == len(pairs)
    return dict(pairs)


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


def load_json(text):
    return json.loads(text, parse_float=Decimal, parse_constant=refuse, object_pairs_hook=unique)


def read_json(content, schema):
    return {name: [parsed(schema.field(name).type, value) for value in values] for name, values in load_json(content.decode()).items()}


def read_json_lines(content, schema):
    rows = [load_json(line) for line in content.decode().split("\n")] if content else []
    return {name: [parsed(schema.field(name).type, row[name]) for row in rows] for name in schema.names}


class Cells(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.rows, self.text = [], None

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.text = ""

    def handle_data(self, data):
        if self.text is not None:
            self.text += data

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[-1].append(self.text)
            self.text = None


def read_html(content, schema):
    cells = Cells()
    cells.feed(content.decode())
    names, *rows = cells.rows
    assert names == schema.names
    missing = {"<NA>", "NaN", "NaT"}
    return {name: [None if row[i] in missing else parsed(schema.field(name).type, row[i]) for row in rows] for i, name in enumerate(names)}


def sheet_value(kind, value):
    """A cell as openpyxl gives it. What Excel has types for must come in them."""
    if pa.types.is_dictionary(kind):
        return sheet_value(kind.value_type, value)
    if value is None:
        return "" if is_text(kind) else None
    if pa.types.is_timestamp(kind) and isinstance(value, datetime.datetime):
        assert kind.tz is None
        return round((value - EPOCH) / datetime.timedelta(milliseconds=1)) * 10**6
    if pa.types.is_date(kind) and isinstance(value, datetime.datetime):
        return value.date().toordinal()
    if pa.types.is_time(kind):
        if isinstance(value, datetime.datetime):
            value = value.time()
        return ((value.hour * 60 + value.minute) * 60 + value.second) * BILLION + value.microsecond * 1000
    if pa.types.is_duration(kind):
        return round(value / datetime.timedelta(milliseconds=1)) * 10**6
    if pa.types.is_boolean(kind):
        assert isinstance(value, bool)
    if pa.types.is_floating(kind):
        return float_value(kind, float(value))
    if pa.types.is_decimal(kind):
        return Decimal(str(value))
    return parsed(kind, value)


def read_sheet(content, schema):
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).active
    names, *rows = sheet.iter_rows(values_only=True)
    assert list(names) == schema.names
    return {name: [sheet_value(schema.field(name).type, row[i]) for row in rows] for i, name in enumerate(names)}


def as_in_sheet(kind, values):
    """What a sheet can say of values: milliseconds, and no difference between what is missing and an empty text or NaN, or between 0.0 and -0.0."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if is_text(kind):
        return [value or "" for value in values]
    if pa.types.is_floating(kind):
        return [None if value == "nan" else "0.0" if value == "-0.0" else value for value in values]
    if pa.types.is_nested(kind):
        return [without_nan(value) for value in values]
    if pa.types.is_time(kind):
        return [value if value is None else value // 10**6 * 10**6 for value in values]
    if pa.types.is_duration(kind) or (pa.types.is_timestamp(kind) and kind.tz is None):
        return [value if value is None else round(Decimal(value) / 10**6) * 10**6 for value in values]
    return values


def finite(kind, values):
    """What JSON can say of floats."""
    if pa.types.is_floating(kind):
        return [None if value in ("nan", "inf", "-inf") else value for value in values]
    if pa.types.is_nested(kind):
        return [without_nan(value) for value in values]
    return values


def without_nan(value):
    if isinstance(value, list):
        return [without_nan(item) for item in value]
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    return None if value in ("nan", "inf", "-inf") else value


def nan_is_missing(kind, values):
    """CSV and HTML, as pandas writes them, have one sign for both; what is nested is JSON."""
    if pa.types.is_nested(kind):
        return [without_nan(value) for value in values]
    return [None if value == "nan" else value for value in values] if pa.types.is_floating(kind) else values


def same(kind, values):
    return values


#: name of the format -> (reader, what the format can say of the values)
FORMATS = {
    "arrow": (read_arrow_file, same),
    "arrow-stream": (read_arrow_stream, same),
    "parquet": (read_parquet, same),
    "csv": (read_csv, nan_is_missing),
    "json": (read_json, finite),
    "jsonl": (read_json_lines, finite),
    "html": (read_html, nan_is_missing),
    "xlsx": (read_sheet, as_in_sheet),
}
