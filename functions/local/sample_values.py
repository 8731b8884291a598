"""What the made-up events and profiles consist of; every column is made at once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

USERS = 20_000
EVENT_NAMES = (
    "App Launched",
    "Product Viewed",
    "Charged",
    "Cart/Updated",
    "Purchase 🎉",
    "UTM Visited",
    "Recherche effectuée",
    "お気に入り",
)
EVENT_WEIGHTS = (30, 28, 8, 12, 4, 10, 5, 3)
_FIRST = ("Ana", "Björn", "Chloé", "দীপা", "Ðorđe", "Mei 美", "Noor", "O'Neil", "Zoë", "محمد")
_LAST = ("Okafor", "Müller", "Nguyễn", "Smith", "García", "王", "Ivanova", "Łuczak", "D'Souza")
_PAGES = ("/", "/cart", "/p/42?ref=ad&x=1", "/søk", '/say "hi"', "C:\\temp", "line\nbreak", "😀")
_CITIES = ({"city": "Köln", "zip": "01067"}, {"city": "Pune", "zip": "411001"}, {"city": "大阪"})
_ITEMS: tuple[object, ...] = (
    [],
    [{"sku": "A-1", "qty": 2}],
    [{"sku": "B/2", "qty": 1}, {"sku": "007", "qty": 3}],
)
DEVICES = tuple(
    json.dumps(device, ensure_ascii=False)
    for device in (
        {"make": "Apple", "model": "iPhone15,2", "osVersion": "18.1", "appVersion": "4.2.0"},
        {"make": "samsung", "model": "SM-S921B", "osVersion": "15", "dpi": 420},
        {"browser": "Firefox", "osVersion": "Linux", "sdkVersion": 10_402},
        {"browser": "Safari", "dimensions": {"width": 390, "height": 844, "unit": "pt"}},
        {"make": "小米", "model": "14 Ultra", "appVersion": "4.1.9", "dpi": 522},
        {},
    )
)


class Chance:
    """Columns drawn by one seeded generator."""

    def __init__(self, seed: int) -> None:
        self.numbers = np.random.default_rng(seed)

    def users(self, n: int) -> npt.NDArray[np.int64]:
        """Users by number, some far busier than others."""
        return (USERS * self.numbers.random(n) ** 2).astype(np.int64)

    def pick(self, values: Sequence[str], n: int, weights: Sequence[float] = ()) -> pa.Array:
        """`n` of the values, by their weights."""
        shares = np.array(weights or [1] * len(values), dtype=float)
        picked = np.searchsorted(np.cumsum(shares / shares.sum()), self.numbers.random(n))
        return pa.array(values).take(pa.array(np.minimum(picked, len(values) - 1)))

    def sometimes(self, column: pa.Array, n: int, share: float) -> pa.Array:
        """The column with about `share` of its values, the others null."""
        return pc.if_else(pa.array(self.numbers.random(n) < share), column, None)

    def delays_us(self, n: int) -> npt.NDArray[np.int64]:
        """Microseconds from event to arrival: seconds for most, up to three days for 4 %."""
        usual = self.numbers.exponential(8_000_000, n)
        late = self.numbers.integers(5 * 3_600_000_000, 72 * 3_600_000_000, n)
        return np.where(self.numbers.random(n) < 0.04, late, usual).astype(np.int64)

    def whole(self, low: int, high: int, n: int) -> pa.Array:
        """Whole numbers from `low`, below `high`, as text."""
        return pa.array(self.numbers.integers(low, high, n)).cast(pa.string())


@dataclass(frozen=True)
class Users:
    """The columns that belong to a user, whatever the row; equal numbers are equal users."""

    number: npt.NDArray[np.int64]

    @cached_property
    def _padded(self) -> pa.Array:
        return pc.utf8_lpad(pa.array(self.number).cast(pa.string()), 6, "0")

    @property
    def object_id(self) -> pa.Array:
        """Our id of the user."""
        return _joined("obj-", self._padded)

    @property
    def identity(self) -> pa.Array:
        """The customer's id of the user."""
        return _joined("user", self._padded)

    @property
    def email(self) -> pa.Array:
        """An address nobody has."""
        return pc.binary_join_element_wise(self.identity, "@example.org", "")

    @property
    def phone(self) -> pa.Array:
        """A number with its plus."""
        return _joined("+9198000", self._padded)

    @property
    def push_token(self) -> pa.Array:
        """What a push service would know the device by."""
        return _joined("fcm:APA91b", self._padded)

    @property
    def name(self) -> pa.Array:
        """First and last name, in several scripts."""
        first = pa.array(_FIRST).take(pa.array(self.number % len(_FIRST)))
        last = pa.array(_LAST).take(pa.array(self.number // 7 % len(_LAST)))
        return pc.binary_join_element_wise(first, last, " ")

    def all_identities(self) -> pa.Array:
        """Lists of the identity and, for every third user, the address too."""
        sizes = 1 + (self.number % 3 == 0)
        rows = np.repeat(np.arange(len(sizes)), sizes)
        is_second = np.diff(rows, prepend=-1) == 0
        both = pa.concat_arrays([self.identity, self.email])
        ends = np.concatenate([[0], np.cumsum(sizes)])
        return pa.ListArray.from_arrays(
            pa.array(ends, pa.int32()), both.take(pa.array(rows + len(sizes) * is_second))
        )


def session_properties(chance: Chance, n: int) -> pa.Array:
    """JSON objects for 70 % of the events."""
    return chance.sometimes(
        _objects(
            {
                "UTM Source": chance.pick(('"ads"', '"mail"', '"söcial"'), n),
                "first": chance.pick(("true", "false"), n),
                "seconds": chance.whole(0, 5_000, n),
            }
        ),
        n,
        0.7,
    )


def event_properties(chance: Chance, n: int, names: pa.Array) -> pa.Array:
    """JSON objects of every type that JSON has; most properties are there only sometimes."""
    money = pc.is_in(names, value_set=pa.array(["Charged", "Cart/Updated", "Purchase 🎉"]))
    price = pc.binary_join_element_wise(
        chance.whole(1, 900, n), chance.pick(("25", "5", "99"), n), "."
    )
    return _objects(
        {
            "CT Source": chance.pick(('"API"', '"Web"', "null"), n, (5, 4, 1)),
            "page": chance.sometimes(_texts(chance, _PAGES, n), n, 0.8),
            "price": pc.if_else(money, price, None),
            "items": pc.if_else(money, _texts(chance, _ITEMS, n), None),
            "quantity": chance.sometimes(chance.whole(-3, 40, n), n, 0.5),
            "order": chance.sometimes(chance.whole(10**17, 9 * 10**18, n), n, 0.3),
            "member": chance.sometimes(chance.pick(("true", "false", '"false"'), n), n, 0.4),
            "place": chance.sometimes(_texts(chance, _CITIES, n), n, 0.2),
            "code": chance.sometimes(
                chance.pick(('"007"', '"+491"', "7", "-6.1975594"), n), n, 0.3
            ),
        }
    )


def profile_properties(chance: Chance, n: int) -> pa.Array:
    """JSON objects with the usual three properties and some of the customer's own."""
    return _objects(
        {
            "Gender": chance.sometimes(chance.pick(('"F"', '"M"', '"X"'), n), n, 0.8),
            "DOB": chance.sometimes(chance.pick(('"1987-05-04"', '"2001-12-31"'), n), n, 0.5),
            "Photo": chance.sometimes(chance.pick(('"https://example.org/p.png"',), n), n, 0.2),
            "Customer Type": chance.pick(('"gold"', '"silver"', '"neu"'), n),
            "score": chance.sometimes(chance.whole(0, 1_000, n), n, 0.7),
            "place": chance.sometimes(_texts(chance, _CITIES, n), n, 0.4),
            "tags": chance.sometimes(chance.pick(('["a","b"]', "[]", '["ü"]'), n), n, 0.3),
        }
    )


def _texts(chance: Chance, values: Sequence[object], n: int) -> pa.Array:
    return chance.pick([json.dumps(value, ensure_ascii=False) for value in values], n)


def _objects(members: dict[str, pa.Array]) -> pa.Array:
    """One JSON object a row from columns of JSON values; null leaves the member out."""
    parts = [_joined(json.dumps(name) + ":", values) for name, values in members.items()]
    inside = pc.binary_join_element_wise(*parts, ",", null_handling="skip")
    return pc.binary_join_element_wise("{", inside, "}", "")


def _joined(start: str, column: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(pa.scalar(start), column, "")
