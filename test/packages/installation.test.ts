// The README's first real installation, then all that an installation goes through. The tests are
// one story and run in order: a failed one ends it.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { address } from "./wires.ts";
import { bootMachines, askWiki, type Machines, until } from "./machines.ts";
import { attackFrom, processOf, rightsOf } from "./processes.ts";
import { blockWith } from "./readme.ts";
import { builtPackages } from "./built-packages.ts";
import { describeLifeOfPackage } from "./life-of-package.ts";
import { describePersonAndOwner } from "./person-and-owner.ts";
import { traces, type Traces } from "./traces.ts";

let machines: Machines;
let fresh: Traces = [];
const keys = { gateway: "", laptop: "" };

const netdCapabilities = (1 << 12) | (1 << 10) | (1 << 0) | (1 << 3) | (1 << 13);
const collectorCapabilities = (1 << 2) | (1 << 5) | (1 << 6) | (1 << 7) | (1 << 19);
const bindService = 1 << 10;

/** The laptop's own firewall; protocols by number, since /etc/protocols is not everywhere. */
const hostFirewall = `#!/usr/sbin/nft -f
flush ruleset
table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iif "lo" accept
    meta l4proto { 1, 58 } accept
  }
}
`;

beforeAll(async () => {
  machines = await bootMachines(builtPackages());
});
afterAll(() => machines.stop());

function status(): { state: string; device: { id: string } | null } {
  const text = machines.laptop.tell("sallyport status --json").stdout;
  return JSON.parse(text) as ReturnType<typeof status>;
}

describe("the first installation as README.md prints it", () => {
  test("the controller is made and runs", () => {
    const { controller } = machines;
    controller.must(blockWith("sallyport-controller init"));
    expect(controller.must("systemctl is-active sallyport-controller").trim()).toBe("active");
  });

  test("what there is and who may reach it is told", () => {
    const { controller } = machines;
    for (const name of ["wiki.yaml", "policy.yaml"]) {
      controller.must("cat > " + name, { input: blockWith(`# ${name}`) });
    }
    expect(controller.must(blockWith("site apply"))).toContain("is in force");
    controller.must(blockWith("enrol-key create"));
    keys.gateway = controller.must("cat hq-gateway.key");
    keys.laptop = controller.must("cat mara.key");
  });

  test("the gateway enrols, waits, and is let in", async () => {
    const { controller, gateway } = machines;
    gateway.must("cat > hq-gateway.key", { input: keys.gateway });
    const enrolled = gateway.meanwhile(blockWith("SALLYPORT_ROLE=gateway"));
    const list = () => controller.must("sallyport-controller gateway list");
    await until(list, (text) => text.includes("hq-gateway"), 90_000);
    expect(controller.must(blockWith("gateway approve"))).toContain("198.51.100.7:51820");
    expect(await enrolled).toMatchObject({ exitCode: 0 });
  });

  test("a used key is refused, and the installation stands", () => {
    const { laptop } = machines;
    fresh = traces(laptop);
    // The key is spent, the package is whole all the same.
    const installed = laptop.tell(
      `${blockWith("ENROLL_KEY=sp1_").replace("sp1_…", keys.gateway.trim())} 2>&1`,
    );
    expect(installed).toMatchObject({ exitCode: 0 });
    expect(installed.stdout).toContain("installed, but not enrolled yet");
    expect(laptop.tell("sallyport status").stdout).toMatch(/SP-10\d/);
    expect(laptop.must("journalctl --unit sallyport-agent --grep SP-10")).toContain("SP-10");
    laptop.must("rm /etc/sallyport/managed.d/20-enrolment.json");
    const refused = laptop.tell("sallyport enroll --key-file -", { input: keys.gateway });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/SP-1\d\d/);
    expect(laptop.must("systemctl is-active sallyport-agent").trim()).toBe("active");
    expect(status().state).toBe("notEnrolled");
  });

  test("what is no key at all is said by installer, exit code, status and log", async () => {
    const { laptop } = machines;
    const installed = laptop.must(`export ENROLL_KEY='sp2_"}, no key'
      /usr/lib/sallyport/installed prepare
      /usr/lib/sallyport/installed join 2>&1`);
    expect(installed).toContain("installed, but not enrolled yet");
    expect(laptop.tell("sallyport enroll --managed")).toMatchObject({ exitCode: 2 });
    expect(laptop.tell("sallyport enroll --managed").stderr).toContain("SP-104");
    laptop.must(
      "systemctl restart sallyport-agent; sallyport status --wait notEnrolled >/dev/null",
    );
    expect(laptop.tell("sallyport status").stdout).toContain("SP-130");
    const attempts = () =>
      laptop.must("journalctl --unit sallyport-enrol").split("(SP-104)").length;
    const before = await until(attempts, (count) => count > 1);
    // It waits for its next attempt; another key is tried at once.
    laptop.must(
      'echo \'{ "EnrollmentKey": "sp1_no" }\' > /etc/sallyport/managed.d/20-enrolment.json',
    );
    await until(attempts, (count) => count > before);
    laptop.must("rm /etc/sallyport/managed.d/20-enrolment.json");
  });

  test("the laptop enrols, and hears why the wiki is closed and how to open it", async () => {
    const { laptop } = machines;
    laptop.must(blockWith("enroll --key-file -"), { input: keys.laptop });
    await until(status, ({ state }) => state === "blocked");
    // Both end with 1 while something is blocked.
    const told = laptop.tell(`set +e\n${blockWith("explain wiki")}`).stdout;
    expect(told).toContain("the firewall is off");
    expect(told).toMatch(/fix \(you\):\s+1\. Copy the command/);
    expect(askWiki(laptop)).toBe("");
  });

  test("the wiki opens when the fix is made", async () => {
    machines.laptop.must("cat > /etc/nftables.conf; systemctl enable --quiet --now nftables", {
      input: hostFirewall,
    });
    await until(
      () => askWiki(machines.laptop),
      (answer) => answer !== "",
    );
    // The gateway translates: the wiki sees its address, so the way was the tunnel.
    expect(askWiki(machines.laptop)).toBe(`the wiki sees ${address.gatewayInside}`);
  });
});

describe("the programs have the rights they need and no more", () => {
  test("the agent is a user without capabilities", () => {
    expect(processOf(machines.laptop, "sallyport-agent")).toEqual({
      user: "sallyport",
      effective: 0,
      bounding: 0,
      noNewPrivileges: true,
      filtered: true,
    });
  });

  test("netd is root with exactly five capabilities", () => {
    expect(processOf(machines.laptop, "sallyport-netd")).toEqual({
      user: "root",
      effective: netdCapabilities,
      bounding: netdCapabilities,
      noNewPrivileges: true,
      filtered: true,
    });
  });

  test("the collector is root with exactly five capabilities, only while it is asked", async () => {
    const { laptop } = machines;
    const state = () => laptop.tell("systemctl is-active sallyport-collector").stdout.trim();
    expect(rightsOf(laptop, ["/run/sallyport-collector.sock"])).toEqual([
      "660 root sallyport /run/sallyport-collector.sock",
    ]);
    laptop.must("sallyport recheck");
    await until(state, (text) => text === "active");
    expect(processOf(laptop, "sallyport-collector")).toEqual({
      user: "root",
      effective: collectorCapabilities,
      bounding: collectorCapabilities,
      noNewPrivileges: true,
      filtered: true,
    });
    await until(state, (text) => text === "inactive", 60_000);
    // Who else may use sudo stands in a file that only root may read.
    const { signals } = JSON.parse(laptop.tell("sallyport posture --json").stdout) as {
      signals: { signal: string; reading: unknown }[];
    };
    expect(signals.find(({ signal }) => signal === "users.admin_count")?.reading).toMatchObject({
      kind: "known",
    });
  });

  test("the controller is a user who may only take low ports", () => {
    expect(processOf(machines.controller, "sallyport-controller")).toEqual({
      user: "sallyport-controller",
      effective: bindService,
      bounding: bindService,
      noNewPrivileges: true,
      filtered: true,
    });
  });

  test("files and sockets are for those who need them", () => {
    expect(
      rightsOf(machines.laptop, [
        "/run/sallyport",
        "/run/sallyport/*",
        "/var/lib/sallyport",
        "/var/lib/sallyport/*",
        "/var/lib/sallyport/agent/identity.json",
        "/var/lib/sallyport/netd/wireguard.key",
      ]),
    ).toEqual([
      "1775 root sallyport /run/sallyport",
      "660 sallyport sallyport /run/sallyport/agent.sock",
      "666 root sallyport /run/sallyport/local.sock",
      "660 root sallyport /run/sallyport/netd.sock",
      "755 root root /var/lib/sallyport",
      "700 sallyport sallyport /var/lib/sallyport/agent",
      "700 root sallyport /var/lib/sallyport/netd",
      "600 sallyport sallyport /var/lib/sallyport/agent/identity.json",
      "600 root sallyport /var/lib/sallyport/netd/wireguard.key",
    ]);
    const { controller } = machines;
    const token = "/var/lib/sallyport/controller/token";
    expect(rightsOf(controller, [token, "/var/lib/sallyport/controller"])).toEqual([
      `600 sallyport-controller sallyport-controller ${token}`,
      "700 sallyport-controller sallyport-controller /var/lib/sallyport/controller",
    ]);
    const asNobody = controller.tell("sudo -u nobody sallyport-controller site list");
    expect(asNobody).toMatchObject({ exitCode: 4, stdout: "" });
    expect(controller.must("sallyport-controller site list")).toContain("hq");
  });

  test("who takes over a daemon stays in its sandbox", () => {
    const { laptop } = machines;
    cpSync(join(import.meta.dirname, "attack.sh"), join(laptop.share, "attack.sh"));
    laptop.must("cp /mnt/share/attack.sh /opt/attack.sh");
    const script = readFileSync(join(import.meta.dirname, "attack.sh"), "utf8");
    const attempts = [...script.matchAll(/^attempt (\S+)/gm)].map(([, name]) => name);
    expect(attempts.length).toBeGreaterThan(10);
    expect(attackFrom(laptop, null)).toEqual(attempts);
    expect(attackFrom(laptop, "sallyport-agent.service")).toEqual(["read-agent-state"]);
    // Root may signal root: nothing but another user would take that from netd. Legacy iptables is read
    // over a raw socket.
    expect(attackFrom(laptop, "sallyport-netd.service")).toEqual([
      "read-netd-state",
      "raw-socket",
      "tun",
      "firewall",
      "signal-init",
    ]);
    expect(attackFrom(laptop, "sallyport-collector.service")).toEqual([
      "read-root-home",
      "signal-init",
    ]);
    laptop.must("rm /opt/attack.sh");
  });

  test("the executables say nothing but what they were asked for", () => {
    // Node warns here when it rejects the code cache that it was built with.
    expect(machines.laptop.tell("sallyport --version").stderr).toBe("");
    expect(machines.controller.tell("sallyport-controller --version").stderr).toBe("");
  });

  test("NODE_OPTIONS puts nothing into the executables", () => {
    const { laptop, controller } = machines;
    for (const { share } of [laptop, controller]) {
      writeFileSync(join(share, "injected.cjs"), 'console.log("injected");\n');
    }
    cpSync(process.execPath, join(laptop.share, "node"));
    const injected = "NODE_OPTIONS='--require /mnt/share/injected.cjs'";
    expect(laptop.must(`${injected} /mnt/share/node --eval 0`)).toContain("injected");
    expect(laptop.must(`${injected} sallyport --version`)).not.toContain("injected");
    expect(controller.must(`${injected} sallyport-controller --version`)).not.toContain("injected");
  });

  test("no signal and no option opens a debugger in them", () => {
    const { laptop, controller } = machines;
    // The runtime opens one when SIGUSR1 comes: then it waits for it.
    const debuggerSignal = 0x200;
    const awaited = (status: string) =>
      Number.parseInt(/^SigCgt:\s*(\S+)/m.exec(status)?.[1] ?? "", 16) & debuggerSignal;
    const statusOfMain = (unit: string) =>
      `cat "/proc/$(systemctl show --property MainPID --value ${unit})/status"`;
    expect(awaited(laptop.must(statusOfMain("sallyport-agent")))).toBe(0);
    expect(awaited(controller.must(statusOfMain("sallyport-controller")))).toBe(0);
    const runtime = `/mnt/share/node --eval 'console.log(fs.readFileSync("/proc/self/status", "utf8"))'`;
    expect(awaited(laptop.must(runtime))).toBe(debuggerSignal);
    expect(laptop.tell("sallyport --inspect daemon --role device")).toMatchObject({ exitCode: 2 });
  });

  test("what is set for all services does not reach the runtime of ours", () => {
    const { laptop } = machines;
    const names = ["LD_PRELOAD", "OPENSSL_CONF", "NODE_EXTRA_CA_CERTS"];
    const set = names.map((name) => `${name}=/mnt/share/injected`).join(" ");
    const told = laptop.must(`systemctl set-environment ${set}
      systemd-run --quiet --wait --pipe env 2>/dev/null; echo ---
      systemctl restart sallyport-agent
      tr '\\0' '\\n' < "/proc/$(systemctl show --property MainPID --value sallyport-agent)/environ"
      systemctl unset-environment ${names.join(" ")}`);
    const [anybody = "", ours = ""] = told.split("---");
    for (const name of names) {
      expect(anybody).toContain(name);
      expect(ours).not.toContain(name);
    }
    expect(ours).toContain("SALLYPORT_ROLE");
  });
});

describePersonAndOwner(() => machines);
describeLifeOfPackage(() => ({ machines, fresh }));
