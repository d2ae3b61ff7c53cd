"""Whether what was served is what the writing library reads back."""

import math

import numpy as np


def assert_same(actual, expected, where, byte_order=True):
    """Shape, type with its byte order if that is asked, and every value. Text of unlimited length is compared as text."""
    expected = np.asarray(expected)
    actual = np.asarray(actual)
    if not byte_order:
        actual, expected = in_own_order(actual), in_own_order(expected)
    if is_text_of_any_length(expected):
        assert texts(actual) == texts(expected), where
        return
    assert_same_shape(actual.shape, expected.shape, where)
    actual = actual.reshape(expected.shape)
    assert_same_type(actual.dtype, expected.dtype, where)
    assert_same_values(actual, expected, where)


def in_own_order(array):
    """The same values in the machine's byte order, where the type has one."""
    return array if is_text_of_any_length(array) else array.astype(array.dtype.newbyteorder("="))


def assert_same_shape(actual, expected, where):
    """A scalar may come as one value, and an empty array with one more leading axis, as Tiled does inside files."""
    allowed = {tuple(expected)}
    if math.prod(expected) == 0 or expected == ():
        allowed.add((1, *expected))
    assert tuple(actual) in allowed, f"{where}: shape {actual}, not {expected}"


def assert_same_type(actual, expected, where, inside=False):
    if inside and is_raw_form_of(actual, expected):
        return
    if expected.names is not None:
        assert actual.names == expected.names, f"{where}: {actual}, not {expected}"
        for name in expected.names:
            assert_same_type(actual[name], expected[name], f"{where}, field {name}", inside=True)
    elif expected.subdtype is not None:
        assert actual.shape == expected.shape, f"{where}: {actual}, not {expected}"
        assert_same_type(actual.base, expected.base, where)
    elif expected.kind == "S":
        assert actual.kind == "S", f"{where}: {actual}, not {expected}"
    else:
        assert actual == expected, f"{where}: {actual!r}, not {expected!r}"


def is_raw_form_of(actual, expected):
    """A field that has fields or a shape of its own; zarr-python reads such a one only as so many bytes."""
    is_nested = expected.names is not None or expected.subdtype is not None
    return is_nested and actual.kind == "V" and actual.names is None and actual.subdtype is None and actual.itemsize == expected.itemsize


def assert_same_values(actual, expected, where):
    if actual.dtype.kind == "V" and actual.dtype.names is None:
        assert actual.tobytes() == expected.tobytes(), where
        return
    if expected.dtype.names is not None:
        for name in expected.dtype.names:
            assert_same_values(actual[name], expected[name], f"{where}, field {name}")
    else:
        np.testing.assert_array_equal(actual, expected, err_msg=where)


def is_text_of_any_length(array):
    return array.dtype.kind in "OT"


def texts(array):
    """Elements as text; bytes are UTF-8."""
    elements = np.asarray(array).reshape(-1).tolist()
    return [element.decode() if isinstance(element, bytes) else str(element) for element in elements]


def assert_same_column(actual, expected, where):
    """Values of one table column as Python objects: missing is missing, however it is written."""
    actual, expected = [[plain(value) for value in values] for values in (actual, expected)]
    assert len(actual) == len(expected), f"{where}: {len(actual)} rows, not {len(expected)}"
    for row, (have, want) in enumerate(zip(actual, expected)):
        assert have == want, f"{where}, row {row}: {have!r}, not {want!r}"


def plain(value):
    if value is None or value != value:  # NaN and NaT differ from themselves
        return None
    if type(value).__name__ == "NAType":
        return None
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value.item() if isinstance(value, np.generic) and not isinstance(value, (np.datetime64, np.timedelta64)) else value


def slices_of(shape):
    """Some selections that fit a shape: ends, steps, backwards, single indices."""
    if len(shape) == 0 or 0 in shape:
        return []
    first = shape[0]
    chosen = [np.s_[:1], np.s_[first - 1 :], np.s_[::2], np.s_[-1], np.s_[first // 2 : first // 2 + 3]]
    if first > 1:
        chosen.append(np.s_[first:0:-1])
    if len(shape) > 1:
        chosen += [np.s_[0, ...], np.s_[:, shape[1] // 2], np.s_[first // 3 :: 2, : max(1, shape[1] // 2) : 3]]
    return chosen
