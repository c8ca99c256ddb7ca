"""The Lambda entry points."""

import os

# Pydantic looks through every installed distribution for plugins before it builds its first model: more than a tenth
# of a cold start, and none is installed. (pydantic documentation, "Plugins", "Disable plugins".)
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
