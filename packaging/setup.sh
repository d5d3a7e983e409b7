#!/bin/sh
# Prepares this folder on a bare Debian 12 (or any Linux with Python 3.11): system libraries, uv, .venv.
# With apt and root (or password-less sudo) it installs what is missing; otherwise it prints the one
# command that an administrator has to run.
set -eu
cd "$(dirname "$0")/.."

# Qt without a screen needs the first line, a window under X11 the second.
needed="python3-venv libglib2.0-0 libgl1 libegl1 libdbus-1-3 libfontconfig1 libxkbcommon0 fontconfig-config"
window="libxcb-cursor0 libxkbcommon-x11-0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"

missing=""
if command -v dpkg-query >/dev/null 2>&1; then
    for package in $needed $window; do
        state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$state" = installed ] || missing="$missing $package"
    done
fi
# A Python of one's own (not Debian's) needs no python3-venv.
if python3 -c 'import ensurepip, venv' 2>/dev/null; then
    missing=$(printf '%s' "$missing" | sed 's/ python3-venv\b//')
fi

if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ]; then
        root=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        root="sudo"
    else
        root="none"
    fi
    install="apt-get update && apt-get install -y --no-install-recommends$missing"
    if [ "$root" = none ]; then
        echo "System libraries are missing. Ask an administrator to run this one command, then come back:" >&2
        echo >&2
        echo "    sudo sh -c '$install'" >&2
        echo >&2
        case "$missing" in
            *python3-venv*) exit 2 ;;
        esac
        # Without the window libraries everything but the window itself still works.
        for package in libglib2.0-0 libgl1 libegl1 libdbus-1-3 libfontconfig1 libxkbcommon0; do
            case "$missing " in *" $package "*) exit 2 ;; esac
        done
    else
        export DEBIAN_FRONTEND=noninteractive
        $root sh -c "$install"
    fi
fi

if command -v uv >/dev/null 2>&1; then
    uv=uv
else
    [ -x build/uv/bin/uv ] || { python3 -m venv build/uv && build/uv/bin/pip install --quiet uv; }
    uv=build/uv/bin/uv
fi
# Sync into this folder's .venv, whatever environment the caller is in.
VIRTUAL_ENV='' UV_PROJECT_ENVIRONMENT=.venv "$uv" sync --frozen --all-extras --quiet
