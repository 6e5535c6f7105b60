import { expect, test } from "vitest";
import {
  deviceRecord,
  gatewayRecord,
  ids,
  makeWorld,
  startAt,
  storedState,
} from "../../../test/fakes/controller-world.ts";
import { admit, admitRenewal, type PresentedLeaf } from "./admission.ts";

const dayMs = 86_400_000;
const leaf: PresentedLeaf = {
  identity: `spiffe://example.test/device/${ids.device}`,
  spkiHex: deviceRecord.spkiHex,
  notBeforeAt: startAt - 1,
  notAfterAt: startAt + dayMs,
  remoteAddress: "198.51.100.1",
};
const verdict = (
  changes: Partial<PresentedLeaf>,
  status: typeof deviceRecord.status = "active",
) => {
  const devices = [{ ...deviceRecord, status }];
  const found = admit(makeWorld(storedState({ devices })).state, { ...leaf, ...changes }, startAt);
  return found.kind === "admitted" ? "admitted" : `${found.closeCode} ${found.error.code}`;
};

const table: readonly [what: string, changes: Partial<PresentedLeaf>, verdict: string][] = [
  ["a good leaf", {}, "admitted"],
  ["a gateway", gatewayLeaf(), "admitted"],
  ["another trust domain", { identity: `spiffe://evil.test/device/${ids.device}` }, "4401 SP-201"],
  ["an unknown id", { identity: "spiffe://example.test/device/dev_nobody" }, "4401 SP-201"],
  [
    "the controller's own name",
    { identity: "spiffe://example.test/controller/main" },
    "4401 SP-201",
  ],
  [
    "a device's id as a gateway",
    { identity: `spiffe://example.test/gateway/${ids.device}` },
    "4401 SP-201",
  ],
  ["another key", { spkiHex: "ff" }, "4401 SP-201"],
  ["no key", { spkiHex: "" }, "4401 SP-201"],
  ["an end that is now", { notAfterAt: startAt }, "4401 SP-202"],
  ["a start that is to come", { notBeforeAt: startAt + 1 }, "4401 SP-202"],
];
test.each(table)("%s", (_, changes, expected) => {
  expect(verdict(changes)).toBe(expected);
});

function gatewayLeaf(): Partial<PresentedLeaf> {
  const identity = `spiffe://example.test/gateway/${ids.gateway}`;
  return { identity, spkiHex: gatewayRecord.spkiHex };
}

test("only revocation keeps a device from its link; the others may report and hear why", () => {
  expect(verdict({}, "revoked")).toBe("4403 SP-203");
  for (const status of ["pending", "unattested", "quarantined"] as const) {
    expect(verdict({}, status)).toBe("admitted");
  }
});

const renewals: readonly [what: string, changes: Partial<PresentedLeaf>, admitted: boolean][] = [
  ["29 days late", { notBeforeAt: startAt - 30 * dayMs, notAfterAt: startAt - 29 * dayMs }, true],
  ["31 days late", { notBeforeAt: startAt - 32 * dayMs, notAfterAt: startAt - 31 * dayMs }, false],
  ["in time", {}, true],
  ["late with another key", { spkiHex: "ff", notAfterAt: startAt - 1 }, false],
  ["not begun", { notBeforeAt: startAt + 1 }, false],
];
test.each(renewals)("renewal %s", (_, changes, admitted) => {
  const found = admitRenewal(makeWorld().state, { ...leaf, ...changes }, startAt);
  expect(found.kind === "admitted").toBe(admitted);
});
