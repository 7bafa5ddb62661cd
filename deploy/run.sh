#!/bin/sh
# PHASE TARGET pvc|s3 [further words for pytest]: one run, whose folder is kept; exits as the run does.
set -u
phase=$1 target=$2 kind=$3
shift 3
python -m pytest -p no:cacheprovider -m "$phase" "--target=$target" "--reports=${GOLIVE_RESULTS:-/results}" "$@"
status=$?
if [ "$kind" = s3 ]; then
    # A GO of which nothing is kept is none.
    golive store latest --target "$target" --reports "${GOLIVE_RESULTS:-/results}" || [ "$status" -ne 0 ] || status=1
fi
exit "$status"
