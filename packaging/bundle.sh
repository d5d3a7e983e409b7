#!/bin/sh
# Builds dist/cvd (one folder), then proves it: copied elsewhere, started without this environment.
set -eu
cd "$(dirname "$0")/.."
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 1700000000)
export SOURCE_DATE_EPOCH PYTHONHASHSEED=0
.venv/bin/pyinstaller --noconfirm --log-level WARN --workpath build/pyinstaller build.spec
elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT
cp -a dist/cvd "$elsewhere/program"
cd "$elsewhere"
env -i HOME="$elsewhere" "$elsewhere/program/cvd-desktop" --self-test
echo "bundle: dist/cvd, $(du -sm "$OLDPWD/dist/cvd" | cut -f1) MB"
