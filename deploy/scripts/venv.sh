#!/bin/sh
# Makes a virtual environment with the first Python 3.11 or later that is here: venv.sh FOLDER
# PYTHON=/path/to/python names one.
set -eu

venv=$1

recent() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

python=
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14 python}; do
    if command -v "$candidate" >/dev/null 2>&1 && recent "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Spotter needs Python 3.11 or later; found: $( (${PYTHON:-python3} --version 2>&1 || true) | head -n 1)." >&2
    echo "Install one (Debian, Ubuntu: apt-get install python3 python3-venv), or name it: make setup PYTHON=/path/to/python3" >&2
    exit 1
fi

# Debian and Ubuntu split what makes environments from Python itself.
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    package="python$version-venv"
    as_root=
    [ "$(id -u)" = 0 ] || as_root='sudo -n'
    echo "$python cannot make virtual environments; installing $package ..."
    if ! { command -v apt-get >/dev/null && $as_root apt-get update -qq && $as_root apt-get install -y -qq "$package"; } \
        >/dev/null 2>&1; then
        echo "That did not work. Install it as an administrator (apt-get install $package)," >&2
        echo "or name another Python: make setup PYTHON=/path/to/python3" >&2
        exit 1
    fi
fi

echo "Making $venv with $("$python" --version) ..."
"$python" -m venv --clear "$venv"
