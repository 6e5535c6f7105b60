import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { journalUnits } from "../../agent/cli/bundle-sources.ts";
import { agentPackage, controllerPackage, type PackageContent } from "./package-content.ts";

const folder = join(import.meta.dirname, "../linux/systemd");
const services = readdirSync(folder)
  .filter((name) => name.endsWith(".service"))
  .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));

test("each service of ours starts its runtime without what others set for all services", () => {
  const ours = services.filter(({ text }) => text.includes("ExecStart=/usr/bin/sallyport"));
  expect(ours.length).toBeGreaterThan(4);
  const first = /^UnsetEnvironment=.*LD_PRELOAD.*$/m.exec(ours[0]?.text ?? "")?.[0] ?? "none";
  expect(ours.filter(({ text }) => !text.includes(`${first}\n`))).toEqual([]);
});

test("a service that always runs is started again however often it ended", () => {
  const always = services.filter(({ text }) => text.includes("Restart=always"));
  expect(always.length).toBeGreaterThan(2);
  expect(always.filter(({ text }) => !/^StartLimitIntervalSec=0$/m.test(text))).toEqual([]);
});

test("the journal of a support bundle has every service of a device", () => {
  const ofDevices = services.map(({ name }) => name.replace(".service", ""));
  expect(ofDevices.filter((name) => name !== "sallyport-controller").sort()).toEqual(
    [...journalUnits].sort(),
  );
});

test("the agent starts, on an upgrade as well, when those whom it asks may be asked", () => {
  const agent = services.find(({ name }) => name === "sallyport-agent.service")?.text ?? "";
  const after = /^After=(.*)$/m.exec(agent)?.[1]?.split(" ");
  expect(after).toEqual(
    expect.arrayContaining(["sallyport-netd.service", "sallyport-collector.socket"]),
  );
});

const papers = { copyright: "", notices: "", changelog: "" };
const built = {
  agent: "",
  controller: "",
  netd: "",
  tray: "",
  materials: "",
  controllerMaterials: "",
  papers,
};

test.each([agentPackage(built), controllerPackage(built)])(
  "no unit of $name stays failed after its removal",
  ({ files, scripts }: PackageContent) => {
    const units = files.flatMap(({ to }) => /\/systemd\/system\/(.*)$/.exec(to)?.[1] ?? []);
    expect(units).not.toEqual([]);
    for (const script of [join(scripts.deb, "postrm"), join(scripts.rpm, "postun")]) {
      const [, cleared = ""] = readFileSync(script, "utf8").split(
        "stay in the list of failed ones",
      );
      expect(units.filter((unit) => !cleared.includes(unit))).toEqual([]);
      expect(cleared).toContain("systemctl reset-failed");
    }
  },
);
