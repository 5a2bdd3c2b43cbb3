#!/bin/sh
# search.sh PATTERN FILE: prints the matching lines as LINE:TEXT. Exit 0 also without a match, 2 when FILE cannot be read.
# About one run in thirty fails on purpose, so that there is something to retry.
if [ $(($$ % 29)) -eq 0 ]; then
  echo 'SIMULATED FAILURE' >&2
  exit 75
fi
grep -n -i -m 20 -e "$1" -- "$2"
status=$?
[ "$status" -eq 1 ] && exit 0
exit "$status"
