import { expect, test } from "vitest";
import { catalogue } from "#shared/posture/catalogue.ts";
import type { OperatingSystem } from "#shared/posture/catalogue-entry.ts";
import { groupsOf } from "../../core/posture/groups.ts";
import { heardOnMac } from "./darwin/system-watch.ts";
import { placedSignals } from "./linux/system-watch.ts";
import { heardOnWindows } from "./windows/system-watch.ts";

const byNetd = ["firewall.enabled", "firewall.ipv4", "firewall.ipv6", "route.tampered"];
const sources: Readonly<Record<OperatingSystem, ReadonlySet<string>>> = {
  linux: new Set([...placedSignals, ...byNetd]),
  darwin: heardOnMac,
  windows: heardOnWindows,
};

test.each(["linux", "darwin", "windows"] as const)(
  "every signal that the catalogue calls evented on %s has an event source there",
  (os) => {
    const heard = sources[os];
    const woken = groupsOf(os).filter(({ signals }) => signals.some((signal) => heard.has(signal)));
    const told = new Set([...woken.flatMap(({ signals }) => signals), ...heard]);
    const evented = catalogue.filter((entry) => entry.evented.includes(os));
    expect(evented.map(({ signal }) => signal).filter((signal) => !told.has(signal))).toEqual([]);
    const known = new Set(
      catalogue.filter((entry) => entry.os.includes(os)).map((entry) => entry.signal),
    );
    expect([...heard].filter((signal) => !known.has(signal))).toEqual([]);
  },
);
