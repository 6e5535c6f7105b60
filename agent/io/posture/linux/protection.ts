/** Finds endpoint protection that runs and asks it how it is. */
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import type { Reading } from "#shared/posture/fact.ts";
import { engineOf, enginesReading } from "../../../core/posture/edr/engines.ts";
import { withSignatureAge } from "../../../core/posture/edr/health.ts";
import { judgeProtection, runningProducts } from "../../../core/posture/protection.ts";
import type { RunningProduct } from "../../../core/posture/protection.ts";
import { askHealth } from "../edr-health.ts";
import { observe } from "../observation.ts";
import type { Findings } from "../observation.ts";
import { trustTool } from "../trusted-tool.ts";
import { bearsNameOf, runningPrograms, startTicksOf } from "./processes.ts";
import type { WatchedProcess } from "./processes.ts";

/** Returns the three facts; needs the right to see other users' processes. */
export async function collectProtection(): Promise<Findings> {
  const startedAt = performance.now();
  const products = edrCatalogue.filter((product) => product.os === "linux");
  const { programs, hidden } = await runningPrograms();
  const running = await trustedOnes(runningProducts(products, programs));
  const answers = await Promise.all(running.map(({ product }) => askHealth(product)));
  const judged = judgeProtection(answers.map((answer) => withSignatureAge(answer.health)));
  const wanted = products.flatMap((product) => product.programs.flat());
  const blind = running.length === 0 && hidden.some((name) => bearsNameOf(wanted, name));
  const denied = { kind: "unknown", reason: "permission" } as const;
  const text = running
    .map(({ product, processes }, index) => {
      const paths = processes.map((process) => `${process.pid} ${process.path}`).join(", ");
      return `${product.name}: ${paths}\n${answers[index]?.text ?? ""}`;
    })
    .join("\n");
  const observations = observe(
    [
      ["edr.running", blind ? denied : judged.running],
      ["edr.products", blind ? denied : productsReading(running)],
      ["edr.healthy", blind ? denied : judged.healthy],
      ["edr.signature_age_hours", judged.signatureAge],
      [
        "edr.engines",
        enginesReading(
          running.map(({ product }, i) => engineOf(product.id, answers[i]?.text ?? "")),
        ),
      ],
    ],
    {
      collector: "protection",
      collectorVersion: 1,
      by: "edr",
      text,
      tookMs: performance.now() - startedAt,
    },
  );
  return { observations, watched: await watch(running) };
}

function productsReading(running: readonly RunningProduct[]): Reading {
  return { kind: "known", value: running.map(({ product }) => product.id).sort() };
}

/** A program that others than root could have replaced proves nothing. */
async function trustedOnes(
  products: readonly RunningProduct[],
): Promise<readonly RunningProduct[]> {
  const judged = await Promise.all(
    products.map(async (running) => {
      const distrust = await Promise.all(running.processes.map(({ path }) => trustTool(path)));
      return distrust.every((reason) => reason === null) ? running : null;
    }),
  );
  return judged.filter((running) => running !== null);
}

async function watch(products: readonly RunningProduct[]): Promise<readonly WatchedProcess[]> {
  const processes = products.flatMap((running) => running.processes);
  const found = await Promise.all(
    processes.map(async ({ pid }) => ({ pid, startTicks: await startTicksOf(pid) })),
  );
  return found.flatMap(({ pid, startTicks }) => (startTicks === null ? [] : [{ pid, startTicks }]));
}
