#!/bin/sh
# small-disk.sh SIZE COMMAND...: runs a command with a disk of its own of this size below the run's folder, in a mount namespace, so that
# nothing is left when it ends. Others see the disk through the link `disk`, as long as the command runs.
size=$1
shift
folder=$(dirname "$FAULT_EXECUTIONS")
mkdir -p "$folder/mounted"
mount -t tmpfs -o "size=$size" tmpfs "$folder/mounted" || exit 70
ln -sfn "/proc/$$/root$folder/mounted" "$folder/disk"
exec "$@"
