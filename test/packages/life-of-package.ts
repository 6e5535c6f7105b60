// What becomes of an installation: upgrade, killed programs, reboot, removal, return, purge. The
// second half of installation.test.ts's story.
import { cpSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtPackages, nextVersion, successorOf } from "./built-packages.ts";
import { askWiki, type Machines, until } from "./machines.ts";
import { blockWith } from "./readme.ts";
import { changesSince, failUnit, type Traces, traces } from "./traces.ts";
import { address, clearCounter, leakedPackets } from "./wires.ts";

/** What the first half leaves to this one. */
export interface Installed {
  readonly machines: Machines;
  /** The laptop before anything was installed. */
  readonly fresh: Traces;
}

const quietly = "apt-get install --quiet --quiet";

/** Declares the tests; `installed` is asked when they run. */
export function describeLifeOfPackage(installed: () => Installed): void {
  const laptop = () => installed().machines.laptop;
  const identity = () => laptop().must("sha256sum < /var/lib/sallyport/agent/identity.json");
  const open = () =>
    until(
      () => askWiki(laptop()),
      (answer) => answer !== "",
      60_000,
    );

  describe("an installation", () => {
    test("keeps its identity over an upgrade", async () => {
      const before = identity();
      const [deb = ""] = builtPackages();
      const next = successorOf(deb);
      cpSync(next, join(laptop().share, basename(next)));
      const started = laptop().must(`
        ${quietly} /mnt/share/${basename(next)}
        dpkg-query --show --showformat '\${Version} ' sallyport
        systemctl is-active sallyport-netd sallyport-agent`);
      expect(started.trim().split(/\s+/).slice(-3)).toEqual([nextVersion, "active", "active"]);
      expect(identity()).toBe(before);
      await open();
    });

    test("is finished by the next look for updates when the last one was cut in half", () => {
      const box = laptop();
      const before = identity();
      const settings = "/etc/sallyport/managed.d/30-updates.json";
      const state = "dpkg-query --show --showformat '${db:Status-Status}' sallyport";
      box.must("dpkg --unpack /mnt/share/sallyport_*next*.deb");
      expect(box.must(state).trim()).toBe("unpacked");
      // Nobody answers there: what was begun is finished all the same.
      box.must(`cat > ${settings}`, {
        input: '{ "InstallUpdates": "always", "UpdateURL": "https://127.0.0.1:9/" }',
      });
      expect(box.tell("sallyport update").exitCode).not.toBe(0);
      box.must(`rm ${settings}`);
      expect(box.must(state).trim()).toBe("installed");
      expect(box.must("systemctl is-active sallyport-netd sallyport-agent").trim()).toBe(
        "active\nactive",
      );
      expect(identity()).toBe(before);
    });

    test("is taken anew by the next look for updates when dpkg itself wants that", () => {
      const box = laptop();
      const settings = "/etc/sallyport/managed.d/30-updates.json";
      box.must(`sed -i 's/^set -e$/kill -9 $PPID/' /var/lib/dpkg/info/sallyport.prerm
        dpkg --install /mnt/share/sallyport_*next*.deb || true`);
      expect(box.tell("dpkg --configure sallyport").exitCode).not.toBe(0);
      box.must(`cat > ${settings}; echo '{}' > /etc/sallyport/update-root.json`, {
        input: '{ "InstallUpdates": "always", "UpdateURL": "https://127.0.0.1:9/" }',
      });
      // It asks for a package, which it would not where dpkg had failed before.
      expect(box.tell("sallyport update").stderr).toContain("SP-424");
      box.must(`rm ${settings} /etc/sallyport/update-root.json
        sed -i 's/^kill -9 .*$/set -e/' /var/lib/dpkg/info/sallyport.prerm
        dpkg --install /mnt/share/sallyport_*next*.deb`);
    });

    test("comes back when its programs are killed, and is never open meanwhile", async () => {
      const box = laptop();
      clearCounter();
      box.must("systemctl kill --signal KILL sallyport-netd sallyport-agent");
      for (let turn = 0; turn < 5; turn += 1) askWiki(box);
      await open();
      expect(leakedPackets()).toBe(0);
      const restarts = box.must("systemctl show --property NRestarts --value sallyport-netd");
      expect(Number(restarts)).toBeGreaterThan(0);
    });

    test("guards the network before it comes up, over a reboot", async () => {
      const box = laptop();
      box.must("cat > /etc/systemd/system/early-caller.service", { input: earlyCaller });
      box.must("systemctl enable --quiet early-caller");
      clearCounter();
      await box.reboot();
      const order = box.must(`systemctl show --value --property ActiveEnterTimestampMonotonic \
        sallyport-netd network-pre.target early-caller`);
      const [guardAt = 0, networkAt = 0, callAt = 0] = order.trim().split(/\s+/).map(Number);
      expect(guardAt).toBeGreaterThan(0);
      expect(guardAt).toBeLessThanOrEqual(networkAt);
      expect(callAt).toBeGreaterThan(guardAt);
      expect(leakedPackets()).toBe(0);
      await open();
      expect(leakedPackets()).toBe(0);
      // Control: the same boot without netd lets the caller's packets out in clear.
      box.must("systemctl disable --quiet sallyport-netd sallyport-agent");
      await box.reboot();
      expect(leakedPackets()).toBeGreaterThan(0);
      box.must(`systemctl disable --quiet early-caller
        rm /etc/systemd/system/early-caller.service
        systemctl enable --quiet --now sallyport-netd sallyport-agent`);
      await open();
    });

    test("works on when its removal fails, and is never open meanwhile", async () => {
      const box = laptop();
      clearCounter();
      // Who waits for netd's folder has it as soon as netd ends, so that nothing can be cleared.
      box.must(`systemd-run --quiet --unit holder flock /var/lib/sallyport/netd sleep infinity
        until grep --quiet -e '-> FLOCK' /proc/locks; do sleep 0.1; done`);
      expect(box.tell("apt-get remove --quiet --quiet --yes sallyport").exitCode).not.toBe(0);
      for (let turn = 0; turn < 3; turn += 1) expect(askWiki(box)).toBe("");
      // More ends in a row than a service is usually given.
      await until(
        () => Number(box.must("systemctl show --property NRestarts --value sallyport-netd")),
        (restarts) => restarts > 6,
      );
      box.must("systemctl stop holder");
      await open();
      expect(leakedPackets()).toBe(0);
    });

    test("leaves the network when it is removed, and is the same when it returns", async () => {
      const box = laptop();
      const before = identity();
      failUnit(box, "sallyport-update.service");
      box.must("apt-get remove --quiet --quiet --yes sallyport");
      const left = changesSince(installed().fresh, traces(box));
      expect(left.filter((line) => /^(-|nft|rule|route|link|unit|failed) /.test(line))).toEqual([
        "nft table inet filter",
        "unit nftables.service enabled",
        "- unit nftables.service disabled",
      ]);
      expect(identity()).toBe(before);
      box.must(`${quietly} /mnt/share/sallyport_*next*.deb`);
      expect(identity()).toBe(before);
      await open();
    });

    test("leaves nothing but its user when it is purged", () => {
      const box = laptop();
      box.must(`apt-get purge --quiet --quiet --yes sallyport
        systemctl disable --quiet --now nftables
        nft flush ruleset`);
      expect(changesSince(installed().fresh, traces(box))).toEqual([
        "group sallyport",
        "user sallyport",
      ]);
      // Control: the comparison sees a thing that stays.
      box.must("nft add table inet left; touch /etc/left");
      expect(changesSince(installed().fresh, traces(box))).toEqual([
        "file /etc/left",
        "group sallyport",
        "nft table inet left",
        "user sallyport",
      ]);
    });
    describeOneLine(installed);
  });
}

/** Installs by one line with one string, and takes everything away again. */
function describeOneLine(installed: () => Installed): void {
  test("one silent line with one string joins, spends the key, and is gone when purged", async () => {
    const { laptop: box, controller } = installed().machines;
    box.must("nft delete table inet left; rm /etc/left");
    const key = controller.must("sallyport-controller enrol-key create --name mara-again");
    const line = blockWith("ENROLL_KEY=sp1_").replace("sp1_…", key.trim());
    expect(box.must(line)).not.toContain(key.trim());
    const status = () => box.tell("sallyport status --json").stdout;
    await until(status, (text) => !/"state":"(notEnrolled|pendingApproval)"/.test(text));
    expect(box.must("ls -A /etc/sallyport/managed.d")).toBe("");
    box.must("apt-get purge --quiet --quiet --yes sallyport");
    expect(changesSince(installed().fresh, traces(box))).toEqual([
      "group sallyport",
      "user sallyport",
    ]);
  });
  test("another key of device management takes the place of one that waits for approval", async () => {
    const { laptop: box, controller } = installed().machines;
    const [deb = ""] = builtPackages();
    const key = (name: string, approval: string) =>
      controller.must(
        `sallyport-controller enrol-key create --name ${name} --approval ${approval}`,
      );
    const leave = (text: string) =>
      box.must("cat > /etc/sallyport/managed.d/20-enrolment.json", {
        input: JSON.stringify({ EnrollmentKey: text.trim() }),
      });
    const state = () => box.tell("sallyport status --json").stdout;
    box.must(`${quietly} /root/${basename(deb)}`);
    leave(key("waits", "admin"));
    await until(state, (text) => text.includes('"state":"pendingApproval"'));
    leave(key("joins", "auto"));
    await until(state, (text) => !/"state":"(notEnrolled|pendingApproval)"/.test(text));
    await until(
      () => box.must("ls -A /etc/sallyport/managed.d"),
      (left) => left === "",
    );
    box.must("apt-get purge --quiet --quiet --yes sallyport");
  });
}

/** Calls a protected address as soon as the network may come up, like any early service. */
const earlyCaller = `[Unit]
DefaultDependencies=no
After=network-pre.target
Before=network.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/ping -c 3 -i 0.2 -W 1 ${address.wiki}
SuccessExitStatus=0 1 2
[Install]
WantedBy=sysinit.target
`;
