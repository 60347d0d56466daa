"""Runs management commands one after the other: to load Django for each of them takes longer than the command.

In: a line of JSON with the command and its arguments. Out: a line of JSON with what it printed, or the end of all.
"""

from __future__ import annotations

import json
import os
import sys
from io import StringIO

import django
from django.core.management import call_command
from django.db import connection


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
    django.setup()
    for line in sys.stdin:
        output = StringIO()
        call_command(*json.loads(line), stdout=output)
        connection.close()  # The database may be killed or stopped before the next one.
        print(json.dumps(output.getvalue()), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
