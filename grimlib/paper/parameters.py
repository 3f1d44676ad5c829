"""A check of the parameters that a reader gives to a notebook."""

from __future__ import annotations

import ast
import difflib

from grimlib._checks import check_integer


def check_parameters(namespace: dict, **expected: int | type | tuple) -> None:
    """Refuse bad or unknown parameters of a notebook, before it does any work.

    Papermill itself only warns about a parameter that a notebook does not have, and goes on with
    the default of the one that was meant.

    Parameters
    ----------
    namespace : dict
        The notebook's ``globals()``.
    **expected : int, type or tuple
        The parameters that the notebook has, each with the lowest whole number it accepts, its
        type (``str`` or ``bool``), or the values it may have.

    Raises
    ------
    ValueError
        Naming the parameter that is unknown, or whose value cannot be used.
    """
    for cell in namespace.get("In", []):
        # The cell that papermill puts in begins so; run by hand, a notebook has none.
        if not cell.startswith("# Parameters"):
            continue
        for node in ast.walk(ast.parse(cell)):
            # A value may hold a name as well: papermill writes a NaN as float('nan').
            assigned = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            if assigned and node.id not in expected:
                near = difflib.get_close_matches(node.id, expected, n=1)
                hint = f"did you mean {near[0]!r}? " if near else ""
                raise ValueError(
                    f"unknown parameter {node.id!r}; {hint}this notebook takes "
                    f"{', '.join(expected)}"
                )
    for name, wanted in expected.items():
        value = namespace[name]
        if isinstance(wanted, tuple):
            if not any(type(value) is type(one) and value == one for one in wanted):
                raise ValueError(f"{name} is {value!r}; use one of {wanted}")
        elif isinstance(wanted, type):
            if not isinstance(value, wanted):
                what = {str: "text (with papermill: -r instead of -p)", bool: "True or False"}
                raise ValueError(f"{name} is {value!r}; give {what[wanted]}")
        else:
            check_integer(name, value, wanted)
