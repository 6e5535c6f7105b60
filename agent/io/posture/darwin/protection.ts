/** Finds endpoint protection on a Mac and asks it how it is. */
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import type { EdrProduct } from "#shared/posture/edr-product.ts";
import { enabledExtensions, extensionProducts } from "../../../core/posture/darwin/extensions.ts";
import { engineOf, enginesReading, readXprotect } from "../../../core/posture/edr/engines.ts";
import { withSignatureAge } from "../../../core/posture/edr/health.ts";
import { rootPrograms } from "../../../core/posture/darwin/processes.ts";
import { judgeProtection, runningProducts } from "../../../core/posture/protection.ts";
import type { ProtectionReadings } from "../../../core/posture/protection.ts";
import { runTool } from "../command.ts";
import { askHealth } from "../edr-health.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { trustTool } from "../trusted-tool.ts";
import { output, plistOf } from "./output.ts";

const toolDeadlineMs = 5_000;
/** The system's own scanner, whose rules come apart from updates of macOS. */
const xprotect = "/Library/Apple/System/Library/CoreServices/XProtect.bundle/Contents/Info.plist";

/** Returns the facts about endpoint protection. */
export async function collectMacProtection(): Promise<readonly Observation[]> {
  const run = await runTool({
    candidates: ["/usr/bin/systemextensionsctl"],
    args: ["list"],
    deadlineMs: toolDeadlineMs,
  });
  const enabled = run.kind === "ended" ? enabledExtensions(run.stdout) : null;
  const known = edrCatalogue.filter((product) => product.os === "darwin");
  const products = [...extensionProducts(known, enabled ?? []), ...(await daemonProducts(known))];
  const answers = await Promise.all(products.map((product) => askHealth(product)));
  const system = await plistOf(xprotect);
  const reason = run.kind === "failed" ? run.reason : "parse";
  const unknown = { kind: "unknown", reason } as const;
  const readings: ProtectionReadings =
    enabled === null
      ? { running: unknown, healthy: unknown, signatureAge: unknown }
      : judgeProtection(answers.map(({ health }) => withSignatureAge(health)));
  const texts = [
    system.text,
    run.kind === "ended" ? run.stdout : "",
    ...answers.map(({ text }) => text),
  ];
  return observe(
    [
      ["edr.running", readings.running],
      [
        "edr.products",
        enabled === null ? unknown : { kind: "known", value: products.map(({ id }) => id).sort() },
      ],
      ["edr.healthy", readings.healthy],
      ["edr.signature_age_hours", readings.signatureAge],
      [
        "edr.engines",
        enginesReading([
          readXprotect(system.text),
          ...products.map(({ id }, i) => engineOf(id, answers[i]?.text ?? "")),
        ]),
      ],
    ],
    {
      collector: "protection",
      collectorVersion: 1,
      by: "edr",
      text: texts.join("\n"),
      tookMs: run.tookMs,
      tool: "/usr/bin/systemextensionsctl",
    },
  );
}

/** Products without a system extension, by their root-owned daemons. */
async function daemonProducts(known: readonly EdrProduct[]): Promise<readonly EdrProduct[]> {
  const listing = await output("/bin/ps", ["-axo", "pid=,uid=,comm="]);
  const running = runningProducts(known, rootPrograms(listing.text) ?? []);
  const trusted = await Promise.all(
    running.map(async ({ product, processes }) => {
      const distrust = await Promise.all(processes.map(({ path }) => trustTool(path)));
      return distrust.every((reason) => reason === null) ? product : null;
    }),
  );
  return trusted.filter((product) => product !== null);
}
