#!/bin/sh
# A task: task.sh MODE SECONDS PLACE [TEXT]. Writes its start and its end to FAULT_EXECUTIONS; one short line each, appended at once.
mode=$1 seconds=$2 place=$3 text=$4
printf 's %s %s %s\n' "$place" "$$" "$mode" >> "$FAULT_EXECUTIONS"

ended() {
  printf 'e %s %s %s\n' "$place" "$$" "$mode" >> "$FAULT_EXECUTIONS"
}

# A process this one leaves behind: "LEADER PID MILLISECONDS".
left_behind() {
  printf '%s %s %s\n' "$$" "$1" "$(date +%s%3N)" >> "$FAULT_EXECUTIONS.left"
}

# Those that do not read what they are given.
case $mode in
  deaf)
    sleep "$seconds"
    printf '%s\n' "$text"
    ended
    exit 0
    ;;
  early)
    exec 0<&-
    printf '%s\n' "$text"
    ended
    exit 0
    ;;
  early_fails)
    exec 0<&-
    exit 3
    ;;
esac

# Reads with the shell's own command: no process more than needed.
IFS= read -r line

case $mode in
  echo | complete_*)
    [ "$seconds" = 0 ] || sleep "$seconds"
    printf '%s\n' "$line"
    ;;
  lean)
    printf '%s\n' "$line"
    ended
    exec sleep "$seconds"
    ;;
  exit | huge)
    echo 'as it was told' >&2
    exit 1
    ;;
  crash) kill -SEGV "$$" ;;
  exit137) exit 137 ;;
  killed) kill -KILL "$$" ;;
  starved)
    ulimit -v 50000
    exec dd if=/dev/zero of=/dev/null bs=200M count=1
    ;;
  flaky)
    # mkdir tells who was first.
    mkdir "$FAULT_EXECUTIONS.$(printf %s "$place" | tr / -)" 2>/dev/null && kill -ABRT "$$"
    printf '%s\n' "$line"
    ;;
  flood)
    printf '%s\n' "$line"
    head -c "$FAULT_FLOOD_BYTES" /dev/zero
    ;;
  drip)
    printf '%s\n' "$line"
    for part in 1 2 3 4 5 6 7 8 9 10; do
      sleep 0.05
      printf x
    done
    ;;
  junk)
    printf '%s\n' "$line"
    head -c 65536 /dev/urandom
    head -c 65536 /dev/urandom >&2
    ;;
  stubborn)
    trap '' TERM
    sleep 300 &
    left_behind "$!"
    wait
    ;;
  holder)
    sleep 300 &
    left_behind "$!"
    printf '%s\n' "$line"
    ;;
  escaped)
    setsid sleep 300 < /dev/null > /dev/null 2>&1 &
    printf '%s\n' "$line"
    ;;
  *)
    echo "no mode $mode" >&2
    exit 64
    ;;
esac

ended
