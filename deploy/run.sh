#!/bin/sh
# PHASE TARGET pvc|s3 [further words for pytest]: one run, whose folder is kept; exits as the run does.
# SIGTERM and SIGINT end the run as a key press would: its record is closed, and stored like any other.
set -u
phase=$1 target=$2 kind=$3
shift 3
told='' run=''
# A process in the background ignores SIGINT until golive's plugin listens, so that either goes on as SIGTERM.
trap 'told=yes; [ -z "$run" ] || kill -TERM "$run"' TERM INT
python -m pytest -p no:cacheprovider -m "$phase" "--target=$target" "--reports=${GOLIVE_RESULTS:-/results}" "$@" &
run=$!
[ -z "$told" ] || kill -TERM "$run"
wait "$run"
status=$?
while [ -n "$told" ]; do # a signal ends the wait, not the run
    told=''
    wait "$run"
    last=$?
    [ "$last" -eq 127 ] || status=$last # 127: its end was waited for already
done
trap '' TERM INT
if [ "$kind" = s3 ]; then
    # A GO of which nothing is kept is none.
    golive store latest --target "$target" --reports "${GOLIVE_RESULTS:-/results}" || [ "$status" -ne 0 ] || status=1
fi
exit "$status"
