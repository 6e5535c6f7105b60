import { expect, test } from "vitest";
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import { runningProducts } from "../protection.ts";
import { rootPrograms } from "./processes.ts";

const listing =
  "    1     0 /sbin/launchd\n  312     0 /Library/Ossec/bin/wazuh-agentd\n  900   501 /Applications/Google Chrome.app/Contents/MacOS/Google Chrome\n";

test("root's programs by their whole path, spaces included; people's are left out", () => {
  expect(rootPrograms(listing)).toEqual([
    { pid: 1, path: "/sbin/launchd" },
    { pid: 312, path: "/Library/Ossec/bin/wazuh-agentd" },
  ]);
  expect(rootPrograms("")).toBeNull();
  expect(rootPrograms("ps: illegal option\n")).toBeNull();
});

test("attack: a person's process that calls itself a product proves nothing", () => {
  const forged = "    1     0 /sbin/launchd\n  666   501 /Library/Ossec/bin/wazuh-agentd\n";
  const mac = edrCatalogue.filter(({ os }) => os === "darwin");
  expect(
    runningProducts(mac, rootPrograms(listing) ?? []).map(({ product }) => product.id),
  ).toEqual(["wazuh"]);
  expect(runningProducts(mac, rootPrograms(forged) ?? [])).toEqual([]);
});
