"""``python -m services.pose`` runs the service."""

from __future__ import annotations

import sys

from services.pose.service import main

if __name__ == "__main__":
    sys.exit(main())
