/** Devices that joined by the real operations of the store, without an agent. */
import { createHash, randomBytes } from "node:crypto";
import { makeId } from "#shared/base/id.ts";
import { makeEnrolmentStore } from "../../controller/io/store/enrolment-store.ts";
import { type AdminApiUnderTest, testSealing } from "./admin-api.ts";

/** Joins by a key of its own for so many uses (more than one: it waits); returns the device's id. */
export async function enrolDevice(
  api: AdminApiUnderTest,
  hostname: string,
  usesMax = 1,
): Promise<string> {
  const body = { name: `k-${randomBytes(4).toString("hex")}`, usesMax };
  const made = await api.ask("POST", "/enrol-keys", { body });
  const text = Buffer.from(String(made.body["key"]).slice(4), "base64url").subarray(0, -4);
  const { k, s } = JSON.parse(text.toString()) as { k: string; s: string };
  const id = makeId("dev", Date.now(), randomBytes(10));
  const outcome = await makeEnrolmentStore(api.store, testSealing).enrol({
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
