"""Masks over the rows of a moment: names are compared once each, then whole columns at a time."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from tcp46.model.ascending import find
from tcp46.model.columns import QUEUE_UNKNOWN, V6ONLY_ABSENT, Column
from tcp46.model.process import Process
from tcp46.model.socket import Family
from tcp46.model.verdict import Serves
from tcp46.query.address_text import rows_with_address_text
from tcp46.query.addresses import Block
from tcp46.query.comparisons import Comparison
from tcp46.query.filterable import Condition, Filterable
from tcp46.query.names import NameTest


def any_of(conditions: Iterable[Condition]) -> Condition:
    """Return the condition that one of `conditions`, at least one, holds."""
    every = tuple(conditions)
    return lambda moment: np.asarray(np.logical_or.reduce([condition(moment) for condition in every]))


def all_of(conditions: Iterable[Condition]) -> Condition:
    """Return the condition that all of `conditions` hold; without any, everything does."""
    every = tuple(conditions)

    def holds(moment: Filterable) -> Column:
        mask = np.ones(len(moment.rows), bool)
        for condition in every:
            mask &= condition(moment)
        return mask

    return holds


def none_of(condition: Condition) -> Condition:
    """Return the condition that `condition` does not hold."""
    return lambda moment: np.asarray(~condition(moment))


def column_in(column: str, values: Iterable[int]) -> Condition:
    """Return the condition that a column of the rows has one of `values`."""
    wanted = np.array(sorted(values), "u8")
    return lambda moment: np.isin(getattr(moment.rows, column), wanted)


def port_between(column: str, first: int, last: int) -> Condition:
    """Return the condition that the port in `column` is one of `first` to `last`."""

    def holds(moment: Filterable) -> Column:
        ports = getattr(moment.rows, column)
        return np.asarray((ports >= first) & (ports <= last))

    return holds


def held_by(fits: Callable[[Process], bool]) -> Condition:
    """Return the condition that a process that `fits` holds the socket."""

    def holds(moment: Filterable) -> Column:
        chosen = np.fromiter(map(fits, moment.links.processes), bool, len(moment.links.processes))
        return find(moment.links.held_by(chosen), moment.rows.inode)[1]

    return holds


def process_named(fits: NameTest) -> Condition:
    """Return the condition that a process whose name `fits` holds the socket."""

    def holds(moment: Filterable) -> Column:
        names = {process.name for process in moment.links.processes}
        fitting = {name for name in names if fits(name)}
        return held_by(lambda process: process.name in fitting)(moment)

    return holds


def user_named(fits: NameTest) -> Condition:
    """Return the condition that the name of the socket's user `fits`."""
    return lambda moment: _has_user(moment) & np.isin(moment.rows.uid, _keys(moment.users, fits))


def user_numbered(uid: int) -> Condition:
    """Return the condition that the socket belongs to `uid`."""
    return lambda moment: _has_user(moment) & (moment.rows.uid == uid)


def unit_named(fits: NameTest) -> Condition:
    """Return the condition that the name of the socket's unit or container `fits`."""
    return lambda moment: np.isin(moment.rows.cgroup_id, _keys(moment.units, fits))


def bound_to(fits: NameTest, index: int | None) -> Condition:
    """Return the condition that the socket is bound to the interface `index`, or to one whose name `fits`.

    An index that has no name here is called ``if7``, as in the table.
    """

    def holds(moment: Filterable) -> Column:
        bound = moment.rows.ifindex
        names = moment.host.interfaces
        present = np.unique(bound[bound != 0]).tolist()
        fitting = [number for number in present if number == index or fits(names.get(number, f"if{number}"))]
        return np.isin(bound, np.array(fitting, "u4"))

    return holds


def in_block(block: Block) -> Condition:
    """Return the condition that an end of the socket lies in `block`."""
    return lambda moment: block.holds(moment.rows)


def address_contains(text: str) -> Condition:
    """Return the condition that `text` is part of an address of either end."""
    return lambda moment: rows_with_address_text(moment.rows, text)


def end_named(fits: NameTest) -> Condition:
    """Return the condition that what stands for an address of either end is a name that `fits`."""
    return lambda moment: moment.rows.named(fits)


def serves_one_of(labels: Iterable[Serves]) -> Condition:
    """Return the condition that the socket serves one of `labels`."""
    codes = list(labels)
    return lambda moment: np.isin(moment.serves, codes)


def reason_is(code: int) -> Condition:
    """Return the condition that the reason is the one at the place `code` of REASONS."""
    return lambda moment: np.asarray(moment.reason == code)


def v6only_is(value: bool | None) -> Condition:
    """Return the condition that IPV6_V6ONLY is `value`; None: it would decide (at ``::``) and is unknown."""

    def holds(moment: Filterable) -> Column:
        rows = moment.rows
        has_option = rows.is_endpoint & (rows.family == Family.AF_INET6)
        if value is not None:
            return np.asarray(has_option & (rows.v6only == int(value)))
        is_any = (rows.local_high == 0) & (rows.local_low == 0)
        return np.asarray(has_option & is_any & (rows.v6only == V6ONLY_ABSENT))

    return holds


def queue_compares(column: str, comparison: Comparison) -> Condition:
    """Return the condition that the queue in `column` of the rows compares like that."""

    def holds(moment: Filterable) -> Column:
        queued = getattr(moment.rows, column)
        return np.asarray(comparison.holds(queued) & (queued != QUEUE_UNKNOWN))

    return holds


def metric_compares(name: str, comparison: Comparison) -> Condition:
    """Return the condition that a figure of the moment's `metrics` compares like that."""

    def holds(moment: Filterable) -> Column:
        if moment.metrics is None:
            return np.zeros(len(moment.rows), bool)
        return comparison.holds(getattr(moment.metrics, name))

    return holds


def age_compares(comparison: Comparison) -> Condition:
    """Return the condition that the age, in microseconds, certainly compares like that."""

    def holds(moment: Filterable) -> Column:
        least, most = moment.age
        return comparison.holds((most if comparison.operator.startswith("<") else least) * 1e6)

    return holds


def _has_user(moment: Filterable) -> Column:
    """Mask of the rows whose uid is known: without a file, 0 is nobody's."""
    return np.asarray((moment.rows.inode != 0) | (moment.rows.uid != 0))


def _keys(names: Mapping[int, str], fits: NameTest) -> Column:
    return np.array([key for key, name in names.items() if fits(name)], "u8")
