import { expect, test } from "vitest";
import { catalogue, entryOf } from "./catalogue.ts";

const first =
  "os.version os.supported os.reboot_pending os.security_updates os.update_source_age_hours " +
  "disk.encrypted firewall.enabled firewall.ipv4 firewall.ipv6 edr.running edr.healthy " +
  "edr.signature_age_hours agent.version route.tampered";

test("the signals of the first version are there, each once and well named", () => {
  const names = catalogue.map((entry) => entry.signal);
  expect(names).toEqual(expect.arrayContaining(first.split(" ")));
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^(?=.{1,64}$)[a-z]+(\.[a-z0-9_]+)+$/);
});

test.each(catalogue)("$signal stays fresh for three polls and says what to do", (entry) => {
  expect(entry.freshForMs).toBeGreaterThanOrEqual(3 * entry.floorPollMs);
  expect(entry.freshForMs).toBeLessThanOrEqual(7 * 86_400_000);
  expect(entry.os.length).toBeGreaterThan(0);
  expect(entry.title.length).toBeLessThanOrEqual(64);
  for (const os of entry.os) expect(entry.fix[os].text).not.toBe("");
  for (const os of entry.evented) expect(entry.os).toContain(os);
  if (entry.type === "enum") expect(Array.isArray(entry.domain)).toBe(true);
});

test("look-ups by name find the entry and nothing else", () => {
  expect(entryOf("firewall.enabled")?.type).toBe("bool");
  expect(entryOf("constructor")).toBeUndefined();
});
