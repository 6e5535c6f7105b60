import { expect, test } from "vitest";
import { dayMs } from "#shared/base/time-span.ts";
import { osIntel } from "#shared/posture/os-intel.ts";
import {
  epoch,
  eventOf,
  ids,
  policyRecord,
  startAt,
} from "../../../test/fakes/controller-world.ts";
import type { OsIntelBundle } from "#shared/protocol/os-intel.ts";
import type { StoreWrite } from "../../core/row.ts";
import { openStoreInProcess } from "../../../test/fakes/store-in-process.ts";

const setOf = (when: string) =>
  policyRecord(`resources:
  - {name: wiki, site: office, targets: [{host: 10.0.0.1, proto: tcp, ports: [443]}]}
policies:
  - {id: wiki, effect: allow, subjects: {groups: [staff]}, resources: {names: [wiki]}, when: {${when}}}
`).body;

test("a plan over the past judges what a device had then, not what it has now", async () => {
  const store = await openStoreInProcess();
  const builds = { macos: [{ line: "26", build: "26.2", releasedOn: "2026-11-01" }] };
  const bundle: OsIntelBundle = {
    schema: "sallyport.os-intel/1",
    sequence: 1,
    issuedAt: startAt,
    expiresAt: startAt + dayMs,
    support: { ...osIntel, rolling: [] },
    builds,
  };
  await store.write("os_intel.import", {
    intel: { publisher: "p", bundle, importedAt: startAt },
    audit: { at: startAt, actor: "root", action: "os-intel import", subject: "osIntel", body: {} },
  });
  const report = (seq: number, receivedAt: number, signal: string, value: string): StoreWrite => {
    const event = eventOf(seq, signal, value);
    const row = { device: ids.device, epoch, seq, digest: `${seq}`, signature: null };
    return { kind: "event", row: { ...row, receivedAt, event } };
  };
  await store.write("rows.write", [
    report(1, startAt - 5 * dayMs, "os.product", "macos"),
    report(2, startAt - 5 * dayMs, "os.version", "26.1"),
    report(3, startAt - dayMs, "os.version", "26.2"),
  ]);
  const fact = (value: string | number) => {
    return { reading: { kind: "known", value }, untilAt: startAt + dayMs } as const;
  };
  const input = {
    nowAt: startAt,
    device: { id: ids.device, groups: ["staff"], tags: [], quarantined: false },
    facts: new Map([
      ["os.product", fact("macos")],
      ["os.version", fact("26.2")],
      ["os.missing_build_days", fact(0)],
    ]),
    risk: { session: 0, identity: 0 },
    net: {},
    elevations: [],
  };
  const devices = [{ device: ids.device, watched: [], input }];
  await store.analyst.ask("devices.keep", { job: "j", devices });
  const { past } = await store.analyst.ask("plan.make", {
    job: "j",
    devices: 1,
    before: setOf("os.product: {is: macos}"),
    after: setOf("os.product: {is: macos}, os.missing_build_days: {atMost: 14}"),
    pastSinceAt: startAt - 7 * dayMs,
    changesMax: 10,
  });
  expect(past?.days).toMatchObject([{ losing: [ids.device], gaining: [] }]);
  await store.close();
});
