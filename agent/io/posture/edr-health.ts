/** Asks a product how it is, in the way that the catalogue names. */
import { lstat } from "node:fs/promises";
import type { UnknownReason } from "#shared/posture/fact.ts";
import type { BesideProbe, EdrProduct, HealthProbe } from "#shared/posture/edr-product.ts";
import { unknownHealth } from "../../core/posture/edr/health.ts";
import type { Health } from "../../core/posture/edr/health.ts";
import { statusParsers } from "../../core/posture/edr/parsers.ts";
import { readWazuh } from "../../core/posture/edr/status-text.ts";
import { redactNamed } from "../../core/posture/redact.ts";
import { runTool } from "./command.ts";
import type { ToolRun } from "./command.ts";
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

/** Returns the path of a program that may be run, or null. */
type Vouch = (probe: BesideProbe) => string | null;

/** Returns the health; a product that cannot be asked is unknown. `vouch` finds programs on Windows. */
export async function askHealth(
  product: EdrProduct,
  vouch: Vouch = () => null,
): Promise<HealthAnswer> {
  const { health, text } = await ask(product, vouch);
  return { health, text: redactNamed(text, product.redactions ?? []) };
}

function ask(product: EdrProduct, vouch: Vouch): Promise<HealthAnswer> {
  const probe = product.health;
  if (probe === null) return Promise.resolve({ health: unknownHealth, text: "" });
  switch (probe.kind) {
    case "clamd":
      return askClamd(probe);
    case "command": {
      const team = product.extensions?.[0]?.split(" ")[0];
      return askCommand(probe, team === undefined ? {} : { trust: trustTeam(team) });
    }
    case "beside": {
      const path = vouch(probe);
      if (path === null) return Promise.resolve(unasked("tampered_tool"));
      const trust = () => Promise.resolve(null);
      return askCommand({ ...probe, candidates: [path] }, { trust });
    }
    case "wazuh":
      return askWazuh(probe.file);
  }
}

function unasked(reason: UnknownReason): HealthAnswer {
  return { health: { kind: "unknown", reason }, text: reason };
}

async function askCommand(
  probe: Pick<Extract<HealthProbe, { kind: "command" }>, "candidates" | "parser" | "runs">,
  trust: Pick<ToolRun, "trust">,
): Promise<HealthAnswer> {
  const texts: string[] = [];
  let succeeded = true;
  for (const args of probe.runs) {
    const run = await runTool({
      candidates: probe.candidates,
      args,
      deadlineMs: commandDeadlineMs,
      ...trust,
    });
    if (run.kind === "failed") return unasked(run.reason);
    succeeded &&= run.exitCode === 0;
    texts.push(run.stdout);
  }
  const text = texts.join("\n");
  const health = statusParsers[probe.parser](text, Date.now());
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
