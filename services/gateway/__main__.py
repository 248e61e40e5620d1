"""``python -m services.gateway`` runs the service."""

from __future__ import annotations

import sys

from services.gateway.service import main

if __name__ == "__main__":
    sys.exit(main())
