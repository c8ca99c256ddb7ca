"""The Lambda entry points."""

import gc
import os

from vcp.handlers.botocore_without_crt import import_botocore_without_crt

# pyairtable brings pydantic, which looks through every installed distribution for plugins before it builds its first
# model: more than a tenth of MetaDataLogger's cold start, and none is installed. (pydantic documentation, "Plugins".)
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
# What modules make when they are imported stays; looking through it for garbage again and again is 5 to 9 % of their
# import time. `edge.log_errors`, which each module's handler ends with, switches the collector on again.
gc.disable()
import_botocore_without_crt()
