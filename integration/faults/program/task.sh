#!/bin/sh
# A task: task.sh MODE SECONDS PLACE. Writes its start and its end to FAULT_EXECUTIONS; one short line each, appended at once.
mode=$1 seconds=$2 place=$3
printf 's %s %s %s\n' "$place" "$$" "$mode" >> "$FAULT_EXECUTIONS"

# Reads with the shell's own command: no process more than needed.
IFS= read -r line

case $mode in
  echo)
    [ "$seconds" = 0 ] || sleep "$seconds"
    printf '%s\n' "$line"
    ;;
  exit)
    echo 'as it was told' >&2
    exit 1
    ;;
  *)
    echo "no mode $mode" >&2
    exit 64
    ;;
esac

printf 'e %s %s %s\n' "$place" "$$" "$mode" >> "$FAULT_EXECUTIONS"
