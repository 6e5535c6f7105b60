import { CodedError } from "#shared/base/coded-error.ts";
import { rfc3339 } from "#shared/base/rfc3339.ts";
import { openOsIntel, publisherKey, publisherName } from "../../os-intel/signature.ts";
import { type ApiContext, type ApiServer, auditOf } from "../context.ts";
import { signedOsIntel } from "#shared/protocol/api/order.ts";
import { timeText } from "../views.ts";

/** Routes of what vendors published: a signed bundle that decides about builds and ends of support. */
export function addOsIntelRoutes(server: ApiServer, context: ApiContext): void {
  server.get("/os-intel", { config: { needs: "read" } }, async () => {
    const held = await context.store.read("os_intel.held", undefined);
    if (held === null) throw new CodedError("SP-702", { what: "bundle", name: "os-intel" });
    const { bundle, publisher, importedAt } = held;
    return {
      sequence: bundle.sequence,
      publisher,
      issuedAt: timeText(bundle.issuedAt),
      expiresAt: timeText(bundle.expiresAt),
      importedAt: timeText(importedAt),
      expired: bundle.expiresAt <= context.clock.nowAt(),
      supportIssuedOn: bundle.support.issuedOn,
      builds: Object.fromEntries(
        Object.entries(bundle.builds).map(([product, builds]) => [product, builds.length]),
      ),
    };
  });
  const options = { config: { needs: "administer" }, schema: { body: signedOsIntel } } as const;
  server.post("/os-intel", options, async (request) => {
    const { jws, publisher: named } = request.body;
    const held = await context.store.read("os_intel.held", undefined);
    const key = publisherKey(named ?? held?.publisher ?? "");
    if (key === null) {
      const why = "the first bundle needs its publisher's public key: --publisher FILE";
      throw new CodedError("SP-703", { why });
    }
    const opened = openOsIntel(jws, key);
    if ("why" in opened) throw new CodedError("SP-703", { why: `the bundle: ${opened.why}` });
    const { bundle } = opened;
    const importedAt = context.clock.nowAt();
    // Ends of support count longer than builds do: such a bundle still says something.
    const { trustedUntil } = bundle.support;
    if (bundle.expiresAt <= importedAt && trustedUntil < rfc3339(importedAt).slice(0, 10)) {
      throw new CodedError("SP-703", { why: `nothing in the bundle counts after ${trustedUntil}` });
    }
    const intel = { bundle, publisher: publisherName(key), importedAt };
    const subject = `os-intel ${bundle.sequence}`;
    const audit = auditOf(context, request, { action: "os-intel import", subject });
    await context.store.write("os_intel.import", { intel, audit });
    context.control.changed([{ kind: "intel", record: bundle }]);
    return { sequence: bundle.sequence, expiresAt: timeText(bundle.expiresAt) };
  });
}
