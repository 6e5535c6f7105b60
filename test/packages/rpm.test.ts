// The rpm's scriptlets in a booted machine. No distribution of rpms can be had here, so it is a Debian
// with rpm's tools, and what the packages require is there by other names. One story, in order.
import { cpSync } from "node:fs";
import { basename } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bootBox, type Box } from "./box.ts";
import { boxPackages, debianRoot } from "./box-root.ts";
import { builtRpms } from "./built-packages.ts";
import { suite } from "./suite.ts";
import { changesSince, failUnit, type Traces, traces } from "./traces.ts";

let box: Box;
let fresh: Traces = [];

const units = [
  "netd.service",
  "agent.service",
  "collector.socket",
  "enrol.path",
  "update.timer",
].map((name) => `sallyport-${name}`);
const rpm = "rpm --nodeps";

beforeAll(async () => {
  box = await bootBox({
    name: "rpm-laptop",
    root: debianRoot(suite, [...boxPackages, "rpm"]),
    hosts: "",
    network: () => undefined,
  });
  for (const file of builtRpms()) cpSync(file, `${box.share}/${basename(file)}`);
  // Else its first use would count as a trace of ours.
  box.must("rpm --query --all");
  fresh = traces(box);
});
afterAll(() => box.stop());

function unitStates(verb: string): readonly string[] {
  return box
    .tell(`systemctl ${verb} ${units.join(" ")}`)
    .stdout.trim()
    .split("\n");
}

test("both are installed, enabled and running, and their files are as packed", () => {
  const installed = box.tell(
    `ENROLL_KEY=sp1_damaged ${rpm} --install /mnt/share/sallyport-0*.rpm 2>&1`,
  );
  expect(installed).toMatchObject({ exitCode: 0 });
  // A key that is no key leaves the package whole, and says so.
  expect(installed.stdout).toContain("installed, but not enrolled yet");
  expect(box.tell("sallyport status").stdout).toContain("SP-104");
  expect(unitStates("is-active")).toEqual(units.map(() => "active"));
  expect(unitStates("is-enabled")).toEqual(units.map(() => "enabled"));
  box.must(`rm /etc/sallyport/managed.d/20-enrolment.json
    ${rpm} --install /mnt/share/sallyport-controller-*.rpm`);
  expect(box.must("rpm --verify --nodeps sallyport sallyport-controller")).toBe("");
  expect(box.must("sallyport-controller --version")).toMatch(/^\d+\.\d+\.\d+/);
});

test("what an administrator switched off stays off over an upgrade, and state is kept", () => {
  box.must(`systemctl disable --quiet --now sallyport-collector.socket
    touch /var/lib/sallyport/agent/kept`);
  const before = box.must("systemctl show --property MainPID --value sallyport-agent");
  box.must(`${rpm} --upgrade --force /mnt/share/sallyport-0*.rpm`);
  expect(unitStates("is-active")).toEqual(["active", "active", "inactive", "active", "active"]);
  expect(box.must("systemctl show --property MainPID --value sallyport-agent")).not.toBe(before);
  box.must("test -e /var/lib/sallyport/agent/kept");
});

test("erased, it leaves nothing in the network and no unit, and says the lines that forget what it leaves", () => {
  failUnit(box, "sallyport-update.service");
  const said = box.must("rpm --erase --nodeps sallyport sallyport-controller 2>&1");
  const left = changesSince(fresh, traces(box));
  expect(left.filter((line) => /^(-|nft|rule|route|link|unit|failed) /.test(line))).toEqual([]);
  const files = left.filter((line) => line.startsWith("file "));
  // The first two belong to packages that every desktop of such a distribution has.
  expect(files.filter((line) => !line.startsWith("file /var/lib/sallyport"))).toEqual([
    "file /etc/xdg/autostart",
    "file /usr/share/applications",
  ]);
  expect(files).toContain("file /var/lib/sallyport/agent/kept");
  const lines = said.match(/^rm -rf .*$/gm) ?? [];
  expect(lines).toHaveLength(2);
  box.must(lines.join("\n"));
  const remaining = changesSince(fresh, traces(box)).filter((one) => one.startsWith("file "));
  expect(remaining.filter((one) => /sallyport\/|etc\/sallyport/.test(one))).toEqual([]);
});
