"""``python -m services.classifier`` runs the service."""

from __future__ import annotations

import sys

from services.classifier.service import main

if __name__ == "__main__":
    sys.exit(main())
