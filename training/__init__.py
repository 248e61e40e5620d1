"""From video to models that recognise strangers, with the evidence beside them."""

from __future__ import annotations

import services  # noqa: F401 - before any library: it keeps ONNX Runtime from reporting to its maker
