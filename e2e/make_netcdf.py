"""netCDF files as people write them, one idea each: for every one xarray must read the same over Zarr as from the file."""

import cftime
import netCDF4
import numpy as np
import pandas
import xarray

#: Where data are: the file, and the groups in it.
GROUPS = {}


def makes(*groups, suffix=".nc"):
    def add(make):
        GROUPS[make.__name__] = (groups or ("",), make, suffix)
        return make

    return add


def write_all(folder):
    for name, (_, make, suffix) in GROUPS.items():
        make(folder / f"{name}{suffix}")


@makes()
def times(path):
    """Units, calendars, steps of times; intervals; missing ones."""
    days = pandas.date_range("1999-12-30T06:00", periods=5, freq="6h")
    xarray.Dataset(
        {
            "since_epoch": ("time", days),
            "with_gap": ("time", days.where(days != days[2])),
            "duration": ("time", np.array([1, 2, 3, 4, 2**40], "m8[s]")),
            "model_day": ("time", [cftime.DatetimeNoLeap(2000, 2, 28 if i == 0 else 1 + i) for i in range(5)]),
            "year_360": ("time", [cftime.Datetime360Day(2001, 2, 26 + i) for i in range(5)]),
        },
        {"time": days, "fine": ("time", np.array([0, 1, 10**9, 10**18, -1], "M8[ns]"))},
    ).to_netcdf(path, encoding={"since_epoch": {"units": "hours since 1900-01-01", "dtype": "i4"}, "fine": {"units": "nanoseconds since 1970-01-01", "dtype": "i8"}, "with_gap": {"units": "minutes since 1999-01-01", "dtype": "f8", "_FillValue": -1.0}})


@makes()
def packed(path):
    """Scales, offsets, fill values and missing values of several types, unsigned numbers in signed ones."""
    with netCDF4.Dataset(path, "w") as file:
        file.set_auto_maskandscale(False)
        file.createDimension("x", 6)

        def add(name, type_, values, fill_value=None, **attributes):
            variable = file.createVariable(name, type_, ("x",), fill_value=fill_value, zlib=True)
            variable.set_auto_maskandscale(False)
            variable.setncatts(attributes)
            variable[:] = np.asarray(values, type_)

        add("short", "i2", [0, 1, -5, 300, -999, 7], -999, scale_factor=0.01, add_offset=273.15, units="K")
        add("big_endian", ">i2", [0, 1, -5, 300, -999, 7], -999, scale_factor=np.float32(0.5))
        add("byte", "i1", [0, -1, -128, 127, 5, 6], -1, _Unsigned="true", scale_factor=np.float32(0.125), add_offset=np.float32(-3))
        add("whole_scale", "i2", [0, 1, -5, 300, -999, 7], -999, scale_factor=1.0, add_offset=0.0)
        add("whole_scale_without_offset", "u1", [0, 1, 5, 30, 99, 7], scale_factor=2.0)
        add("missing", "f4", [0, 1, np.nan, 1e20, -1e20, 5], np.float32(1e20), missing_value=np.float32(1e20))
        add("nan_fill", "f8", [0, 1, np.nan, np.inf, -np.inf, 5], np.nan)
        add("integer_fill", "i4", [1, 2, 3, -2147483647, 5, 6], -2147483647)
        add("long", "i8", [2**62, -(2**62), 0, 1, 2, 3], 2**62 - 1)
        add("unsigned_long", "u8", [2**64 - 1, 2**63, 0, 1, 2, 3], 2**64 - 1)
        add("without", "f4", [0, 1, 2, 3, 4, 5], False)


@makes()
def words(path):
    """Strings, fixed and variable, empty ones, arrays of characters in encodings; attributes that are lists of them."""
    with netCDF4.Dataset(path, "w") as file:
        for name, length in {"n": 4, "m": 2, "length": 7}.items():
            file.createDimension(name, length)
        texts = file.createVariable("texts", str, ("n",))
        texts[:] = np.array(["", "né", "日本語", "x" * 50], object)
        texts.setncattr_string("flavours", ["sweet", "säuerlich"])
        file.createVariable("table", str, ("n", "m"))[:] = np.array([[f"{i}/{j}" for j in range(2)] for i in range(4)], object)
        file.createVariable("never", str, ("n",))
        letters = file.createVariable("letters", "S1", ("n", "m", "length"))
        letters.set_auto_chartostring(False)
        letters[:] = np.array([word.encode() for word in ("one", "two", "", "ärger", "seven77", "x", "a b ", "€")], "S7").reshape(4, 2, 1).view("S1")
        letters._Encoding = "utf-8"
        plain = file.createVariable("plain_letters", "S1", ("n", "length"))
        plain[:] = netCDF4.stringtochar(np.array([b"abc", b"", b"1234567", b"z"], "S7"))
        file.createVariable("lone", str, ())[...] = "a word"
        file.title = "τίτλος"
        file.empty = ""
        file.numbers = np.array([1, 2, 3], "i2")
        file.one_number = np.float32(0.25)


@makes()
def coordinates(path):
    """Two-dimensional and scalar coordinates, bounds, a dimension without a coordinate, a grid mapping."""
    y, x = np.mgrid[:3, :4]
    dataset = xarray.Dataset(
        {
            "field": (("time", "row", "column"), np.arange(24.0).reshape(2, 3, 4), {"grid_mapping": "crs", "cell_methods": "time: mean"}),
            "crs": ((), 0, {"grid_mapping_name": "latitude_longitude", "semi_major_axis": 6378137.0}),
            "index": ("other", np.arange(5, dtype="u2")),
            "time_bounds": (("time", "edge"), np.array([[0, 1], [1, 2]], "f8")),
        },
        {
            "time": ("time", pandas.date_range("2024-01-01", periods=2), {"bounds": "time_bounds"}),
            "latitude": (("row", "column"), 50 + y / 10), "longitude": (("row", "column"), 8 + x / 10), "height": ((), 2.0, {"units": "m"}), "row": np.arange(3) * 10,
        },
    )
    dataset["time"].encoding["units"] = "days since 2024-01-01"
    dataset.to_netcdf(path)


@makes("", "flight", "flight/instrument")
def groups(path):
    """Dimensions of the groups above, variables of one name at several levels."""
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("time", None)
        file.createVariable("time", "f8", ("time",))[:] = [1, 2, 3]
        file.createVariable("x", "i4", ("time",))[:] = [1, 2, 3]
        flight = file.createGroup("flight")
        flight.number = np.int32(7)
        flight.createDimension("channel", 2)
        flight.createVariable("x", "f4", ("time", "channel"))[:] = np.ones((3, 2))
        instrument = flight.createGroup("instrument")
        instrument.createVariable("gain", "f8", ("channel",))[:] = [0.5, 2]
        instrument.createVariable("counts", "u4", ("time", "channel"), chunksizes=(2, 2), zlib=True)[:] = np.arange(6).reshape(3, 2)


@makes()
def growing(path):
    """Unlimited dimensions: one of no length, one that some variables have not reached."""
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("time", None)
        file.createDimension("never", None)
        file.createDimension("x", 3)
        file.createVariable("far", "f4", ("time", "x"), chunksizes=(4, 3))[:] = np.arange(33).reshape(11, 3)
        file.createVariable("near", "i2", ("time",), fill_value=-1)[:4] = [1, 2, 3, 4]
        file.createVariable("nothing", "f8", ("never", "x"))
        file.createVariable("time", "i4", ("time",))[:] = np.arange(11)
        file["time"].units = "seconds since 2020-02-02"


@makes()
def kinds(path):
    """Enumerations, booleans, half floats, big-endian and all integers, chunked, shuffled, with checksums."""
    colours = {"red": 0, "green": 1, "blue": 5}
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("x", 9)
        colour = file.createEnumType(np.uint8, "colour_t", colours)
        file.createVariable("colour", colour, ("x",), fill_value=5)[:] = np.array([0, 1, 5, 1, 0, 0, 1, 5, 0], "u1")
        for code in ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", ">i4", ">f8", ">u2"):
            name = code.replace(">", "big_")
            variable = file.createVariable(name, code, ("x",), chunksizes=(4,), zlib=True, shuffle=True, fletcher32=True)
            variable[:] = (np.arange(9) * 14).astype(code)
        flag = file.createVariable("flag", "i1", ("x",))
        flag.dtype_ = "bool"
        flag.setncattr("dtype", "bool")
        flag[:] = np.arange(9) % 2


@makes()
def by_h5netcdf(path):
    """What h5netcdf writes: true booleans and complex numbers, which netCDF has not."""
    dataset = xarray.Dataset({"amplitude": ("x", np.exp(1j * np.arange(5))), "mask": ("x", np.arange(5) > 2), "half": ("x", np.arange(5, dtype="f4"))}, {"x": [5, 4, 3, 2, 1]})
    dataset.to_netcdf(path, engine="h5netcdf", invalid_netcdf=True)


@makes()
def classic(path):
    """netCDF-3: records, padding, arrays of characters."""
    dataset = xarray.Dataset(
        {"t": (("time", "x"), np.arange(15, dtype="i2").reshape(5, 3)), "b": ("time", np.arange(5, dtype="i1")), "name": ("x", np.array(["a", "bc", "def"])), "lone": ((), np.float32(2.5))},
        {"time": pandas.date_range("2001-01-01", periods=5)}, {"title": "classic", "levels": np.array([1.5, 2.5], "f4")},
    )
    dataset.to_netcdf(path, format="NETCDF3_CLASSIC", engine="netcdf4", unlimited_dims=["time"])


@makes()
def classic_64bit_data(path):
    """CDF-5: unsigned and 64-bit integers."""
    with netCDF4.Dataset(path, "w", format="NETCDF3_64BIT_DATA") as file:
        file.createDimension("x", 4)
        for code in ("u1", "u2", "u4", "i8", "u8"):
            variable = file.createVariable(code, code, ("x",), fill_value=3)
            variable.set_auto_maskandscale(False)
            variable[:] = np.array([0, 1, 2, 3], code)


@makes(suffix=".nc4")
def large_chunks(path):
    """Sizes that do not fit their chunks in any direction; a coordinate that goes down."""
    rng = np.random.default_rng(5)
    values = rng.normal(size=(37, 53, 11)).astype("f4")
    dataset = xarray.Dataset({"v": (("z", "y", "x"), values)}, {"z": np.linspace(9, -9, 37), "y": np.arange(53), "x": np.arange(11) * 0.1})
    dataset.to_netcdf(path, encoding={"v": {"chunksizes": (8, 20, 5), "zlib": True, "complevel": 1, "shuffle": True}})
