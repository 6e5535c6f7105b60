/** Asks a product how it is, in the way that the catalogue names. */
import { lstat } from "node:fs/promises";
import type { EdrProduct, HealthProbe } from "#shared/posture/edr-catalogue.ts";
import { unknownHealth } from "../../core/posture/edr/health.ts";
import type { Health } from "../../core/posture/edr/health.ts";
import { statusParsers } from "../../core/posture/edr/parsers.ts";
import { readWazuh } from "../../core/posture/edr/status-text.ts";
import { redactNamed } from "../../core/posture/redact.ts";
import { runTool } from "./command.ts";
import { trustTeam } from "./darwin/signed-tool.ts";
import { askClamd } from "./linux/clamd.ts";
import { readItself } from "./read-file.ts";

/** A product's health and the text it stands on. */
export interface HealthAnswer {
  readonly health: Health;
  readonly text: string;
}

/** Vendors' programs may take seconds on a busy machine. */
const commandDeadlineMs = 10_000;

/** Returns the health; a product that cannot be asked is unknown. */
export async function askHealth(product: EdrProduct): Promise<HealthAnswer> {
  const { health, text } = await ask(product);
  return { health, text: redactNamed(text, product.redactions ?? []) };
}

function ask(product: EdrProduct): Promise<HealthAnswer> {
  const probe = product.health;
  if (probe === null) return Promise.resolve({ health: unknownHealth, text: "" });
  switch (probe.kind) {
    case "clamd":
      return askClamd(probe);
    case "command":
      return askCommand(product, probe);
    case "wazuh":
      return askWazuh(probe.file);
  }
}

async function askCommand(
  { extensions }: EdrProduct,
  probe: Extract<HealthProbe, { kind: "command" }>,
): Promise<HealthAnswer> {
  const team = extensions?.[0]?.split(" ")[0];
  const texts: string[] = [];
  let succeeded = true;
  for (const args of probe.runs) {
    const run = await runTool({
      candidates: probe.candidates,
      args,
      deadlineMs: commandDeadlineMs,
      ...(team === undefined ? {} : { trust: trustTeam(team) }),
    });
    if (run.kind === "failed") return { health: unknownHealth, text: run.reason };
    succeeded &&= run.exitCode === 0;
    texts.push(run.stdout);
  }
  const text = texts.join("\n");
  const health = statusParsers[probe.parser](text);
  // Vendors name no codes: one that says "fine" and fails says nothing.
  return { health: health.kind === "healthy" && !succeeded ? unknownHealth : health, text };
}

async function askWazuh(file: string): Promise<HealthAnswer> {
  // The product's own account may write there: no link of its is followed.
  const text = await readItself(file);
  const found = await lstat(file).catch(() => null);
  if (text === null || found === null) return { health: unknownHealth, text: "" };
  return { health: readWazuh(text, (Date.now() - found.mtimeMs) / 1000), text };
}
