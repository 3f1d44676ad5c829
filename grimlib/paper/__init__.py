"""The experiments of the book: tasks, trials, and the tables and figures made of them.

In reading order: tasks, draws, trials, groups, variants, training, statistics, tables, figures;
then information (the background), scores, encoding, evaluation, search, transfer, emergence and
again (further stored results), claims (the verdicts), pages, parameters. The command
``python -m grimlib.paper`` lists and trains.
"""

import lazy_loader

# The names of __init__.pyi, each imported when it is first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
