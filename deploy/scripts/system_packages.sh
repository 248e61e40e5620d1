#!/bin/sh
# Sees to what the tests want of the system and pip cannot give: a browser, the graphics libraries that MediaPipe is
# linked with, a real RTSP camera. Installs with apt where it may (root, or sudo without a password); says in one line
# what is missing where it may not. Never fails: the test that misses something says so.
set -u

python=${PYTHON:-python3}
as_root=
[ "$(id -u)" = 0 ] || as_root='sudo -n'

has_browser() {
    for browser in chromium chromium-browser google-chrome; do
        # Ubuntu's `chromium-browser` may be a mere pointer to a snap: run it.
        command -v "$browser" >/dev/null 2>&1 && "$browser" --version >/dev/null 2>&1 && return 0
    done
    "$python" - 2>/dev/null <<'PYTHON'
import pathlib
import sys

from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    sys.exit(not pathlib.Path(playwright.chromium.executable_path).exists())
PYTHON
}

has_graphics() {
    "$python" -c 'import ctypes; ctypes.CDLL("libEGL.so.1"); ctypes.CDLL("libGLESv2.so.2")' 2>/dev/null
}

has_rtsp_camera() {
    /usr/bin/python3 - 2>/dev/null <<'PYTHON'
import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer

Gst.init(None)
assert Gst.ElementFactory.find("rtph264pay") and Gst.ElementFactory.find("h264parse")
PYTHON
}

updated=
install() { # install PACKAGE...
    command -v apt-get >/dev/null 2>&1 || return 1
    if [ -z "$updated" ]; then
        $as_root apt-get update -qq >/dev/null 2>&1 || return 1
        updated=yes
    fi
    echo "Installing $* ..."
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

if [ "$(uname -s)" = Linux ]; then
    has_graphics || { install libegl1 libgles2 && has_graphics; } ||
        echo 'Missing: libEGL.so.1 and libGLESv2.so.2, which MediaPipe needs (apt-get install libegl1 libgles2).'
    has_rtsp_camera ||
        { install python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-bad &&
            has_rtsp_camera; } ||
        echo 'Missing: the GStreamer RTSP server, which stands in for a camera (apt-get install python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-bad).'
fi
has_browser || { install chromium && has_browser; } ||
    { echo 'Installing a browser with Playwright ...' && "$python" -m playwright install chromium >/dev/null 2>&1 && has_browser; } ||
    echo 'Missing: a browser for the dashboard tests (apt-get install chromium, or playwright install chromium).'
exit 0
