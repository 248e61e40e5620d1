"""``python -m services.ingest`` runs the service."""

from __future__ import annotations

import sys

from services.ingest.service import main

if __name__ == "__main__":
    sys.exit(main())
