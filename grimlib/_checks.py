"""A check of the numbers that a user gives."""

from __future__ import annotations


def check_integer(name: str, value: object, lowest: int, highest: int | None = None) -> None:
    """Refuse, by a ValueError, anything but a whole number from `lowest` to `highest`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < lowest:
        raise ValueError(f"{name} is {value!r}; give a whole number of {lowest} or more")
    if highest is not None and value > highest:
        raise ValueError(f"{name} is {value!r}; give a whole number of at most {highest}")
