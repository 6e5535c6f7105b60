#!/bin/sh
# Builds the desktop's root out of a Debian root, in mounts that end with this process, and enters it.
set -eu
root=$1 folder=$2 clone=$3
mount -t overlay desktop -o "lowerdir=$root,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
for part in proc dev run share clone; do mkdir -p "$folder/root/$part"; done
mount -t proc proc "$folder/root/proc"
mount --rbind /dev "$folder/root/dev"
mount -t tmpfs run "$folder/root/run"
mount --bind "$folder/share" "$folder/root/share"
mount --bind -o ro "$clone" "$folder/root/clone"
exec chroot "$folder/root" /bin/bash /clone/test/tray/session.sh
