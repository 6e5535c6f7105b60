/** Finds endpoint protection that runs and asks it how it is. */
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import type { EdrProduct } from "#shared/posture/edr-product.ts";
import type { Reading } from "#shared/posture/fact.ts";
import { engineOf, enginesReading } from "../../../core/posture/edr/engines.ts";
import { withSignatureAge } from "../../../core/posture/edr/health.ts";
import { judgeProtection, runningProducts } from "../../../core/posture/protection.ts";
import type { RunningProduct, RunningProgram } from "../../../core/posture/protection.ts";
import { askHealth } from "../edr-health.ts";
import { observe } from "../observation.ts";
import type { Findings } from "../observation.ts";
import { trustTool } from "../trusted-tool.ts";
import {
  bearsNameOf,
  runningForSystem,
  runningHere,
  runningPrograms,
  startTicksOf,
} from "./processes.ts";
import type { WatchedProcess } from "./processes.ts";

/** What is looked for and who vouches for it; tests give others. */
export interface ProtectionPlaces {
  readonly products: readonly EdrProduct[];
  readonly trust: typeof trustTool;
  readonly ofSystem: typeof runningForSystem;
}

const usualPlaces: ProtectionPlaces = {
  products: edrCatalogue.filter((product) => product.os === "linux"),
  trust: trustTool,
  ofSystem: runningForSystem,
};

/** Returns the three facts; needs the right to see other users' processes. */
export async function collectProtection(places: ProtectionPlaces = usualPlaces): Promise<Findings> {
  const startedAt = performance.now();
  const { products } = places;
  const { programs, hidden } = await runningPrograms();
  const running = await trustedOnes(places, await genuineOnes(places, programs));
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

/** Only what bears the path of a product is looked at closer. */
async function genuineOnes(
  { products, ofSystem }: ProtectionPlaces,
  programs: readonly RunningProgram[],
): Promise<readonly RunningProduct[]> {
  const named = runningProducts(products, programs).flatMap(({ processes }) => processes);
  return runningProducts(products, await runningHere(await ofSystem([...new Set(named)])));
}

function productsReading(running: readonly RunningProduct[]): Reading {
  return { kind: "known", value: running.map(({ product }) => product.id).sort() };
}

/** A program that others than root could have replaced proves nothing. */
async function trustedOnes(
  { trust }: ProtectionPlaces,
  products: readonly RunningProduct[],
): Promise<readonly RunningProduct[]> {
  const judged = await Promise.all(
    products.map(async (running) => {
      const distrust = await Promise.all(running.processes.map(({ path }) => trust(path)));
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
