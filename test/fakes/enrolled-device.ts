/** Devices and gateways that joined by the real operations of the store, without an agent. */
import { createHash, randomBytes } from "node:crypto";
import { makeId } from "#shared/base/id.ts";
import { makeEnrolmentStore } from "../../controller/io/store/enrolment-store.ts";
import { type AdminApiUnderTest, testSealing } from "./admin-api.ts";

/** Joins by a key of its own for so many uses (more than one: it waits); returns the device's id. */
export function enrolDevice(
  api: AdminApiUnderTest,
  hostname: string,
  usesMax = 1,
): Promise<string> {
  return enrolBy(api, hostname, { usesMax });
}

/** Joins as a gateway of a site; it waits for an administrator. */
export function enrolGateway(
  api: AdminApiUnderTest,
  hostname: string,
  site: string,
): Promise<string> {
  return enrolBy(api, hostname, { role: "gateway", site });
}

async function enrolBy(api: AdminApiUnderTest, hostname: string, key: object): Promise<string> {
  const body = { name: `k-${randomBytes(4).toString("hex")}`, ...key };
  const made = await api.ask("POST", "/enrol-keys", { body });
  const text = Buffer.from(String(made.body["key"]).slice(4), "base64url").subarray(0, -4);
  const { k, s } = JSON.parse(text.toString()) as { k: string; s: string };
  const id = makeId("role" in key ? "gw" : "dev", Date.now(), randomBytes(10));
  const outcome = await makeEnrolmentStore(api.store, testSealing, { monotonicMs: () => 0 }).enrol({
    id,
    keyId: k,
    secretSha256: createHash("sha256").update(Buffer.from(s, "base64url")).digest("base64url"),
    spkiHex: id,
    wgPublicKey: id,
    device: { hostname, os: "linux", serials: [] },
    remoteAddress: "127.0.0.1",
    nowAt: Date.now(),
  });
  if (outcome.kind !== "enrolled") throw new Error(`${hostname} did not join: ${outcome.kind}`);
  return id;
}
