import { expect, it } from "vitest";
import { firewallReads } from "./firewall-reads.ts";
import type { RawAnswer } from "./netd-line.ts";

const good: RawAnswer = { ok: true, error: null, fields: { raw: "{}", exitCode: 0, tookMs: 1 } };
const busy: RawAnswer = {
  ok: false,
  fields: {},
  error: { code: "busy", at: "read", detail: "4 requests of this kind are running" },
};

/** A netd whose answers come when the test says so. */
function heldNetd() {
  const asked: ((answer: RawAnswer) => void)[] = [];
  const call = () => new Promise<RawAnswer>((resolve) => asked.push(resolve));
  return { asked, call, greeted: () => Promise.resolve() };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

it("has no more than two reads under way, so that netd never calls them too many", async () => {
  const netd = heldNetd();
  const reads = firewallReads(netd);
  const all = Promise.all([reads.chains(), reads.ruleset(), reads.legacy("ipv4"), reads.chains()]);
  await settled();
  expect(netd.asked).toHaveLength(2);
  netd.asked[0]?.(good);
  await settled();
  expect(netd.asked).toHaveLength(3);
  netd.asked[1]?.(good);
  netd.asked[2]?.(good);
  await settled();
  netd.asked[3]?.(good);
  expect(await all).toHaveLength(4);
});

it("lets a read behind a refused one have its turn", async () => {
  const netd = heldNetd();
  const reads = firewallReads(netd);
  const first = reads.chains();
  const other = reads.ruleset();
  const behind = reads.legacy("ipv6");
  await settled();
  netd.asked[0]?.(busy);
  await expect(first).rejects.toMatchObject({ code: "busy" });
  await settled();
  netd.asked[1]?.(good);
  netd.asked[2]?.(good);
  expect(await Promise.all([other, behind])).toHaveLength(2);
});
