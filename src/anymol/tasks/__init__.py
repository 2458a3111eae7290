"""Tasks: what anymol can be asked. The list of them is in :mod:`anymol.tasks.table`."""
