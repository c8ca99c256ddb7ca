"""What every handler module imports first: settings of the process that shorten a cold start."""

import gc
import os

from vcp.handlers.botocore_without_crt import import_botocore_without_crt

# pyairtable imports pydantic, which searches all installed distributions for plugins before it builds its first model:
# more than a tenth of a cold start, and none is installed (pydantic documentation, "Plugins").
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
# Objects created while modules are imported stay: collecting garbage meanwhile takes 5 to 9 % of the import time.
# `end_startup` switches the collector on again.
gc.disable()
import_botocore_without_crt()


def end_startup() -> None:
    """Exclude what was imported from garbage collection, and switch the collector on."""
    gc.freeze()
    gc.enable()
