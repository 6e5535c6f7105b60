// The load beside a cut-off bench: simulated devices over real mTLS and questions to the store.
import { join } from "node:path";
import { mustRunNow } from "../lab/command.ts";
import { groupName } from "../lab/documents.ts";
import { ask } from "../lab/line-client.ts";
import { Program } from "../lab/program.ts";
import { nodePath, programPath } from "../lab/program-path.ts";
import { inNamespace, type NamespaceName } from "../lab/topology.ts";
import type { World } from "../lab/world.ts";

/** How many devices and questions stand beside the cuts. */
export interface LoadPlan {
  readonly devices: number;
  readonly questionsPerSecond: number;
  readonly folder: string;
  readonly note: (connected: number) => void;
}

/** What they did. */
export interface LoadReport {
  readonly connected: number;
  readonly failed: number;
  readonly closes: number;
  readonly questions: { readonly asked: number; readonly failed: number };
}

const joinDeadlineMs = 1_200_000;
const startDeadlineMs = 15_000;

/** Owns the two programs; ready when every device was tried and the questions run. */
export class Load {
  readonly #fleet: Program;
  readonly #api: Program;

  private constructor(fleet: Program, api: Program) {
    this.#fleet = fleet;
    this.#api = api;
  }

  static async start(world: World, plan: LoadPlan): Promise<Load> {
    const local = ["route", "add", "local", "10.9.0.0/16", "dev", "lo"];
    mustRunNow(inNamespace("internet", [programPath("ip"), ...local]));
    const fleet = program("device-fleet", "internet", plan.folder);
    const api = program("api-load", "controller", plan.folder, world.controller.environment());
    const listening = (one: Program) =>
      one.waitFor((line) => line["message"] === "listening", { deadlineMs: startDeadlineMs });
    await Promise.all([fleet, api].map(listening));
    const file = join(plan.folder, "fleet-keys");
    const keys = { verb: "makeKeys", count: plan.devices, group: groupName, file };
    await ask(api, keys, joinDeadlineMs);
    fleet.onLine((line) => {
      if (line["message"] === "fleet grows") plan.note(Number(line["connected"]));
    });
    await ask(fleet, { verb: "fill", file }, joinDeadlineMs);
    await ask(api, { verb: "start", perSecond: plan.questionsPerSecond });
    return new Load(fleet, api);
  }

  async read(): Promise<LoadReport> {
    const [fleet, questions] = await Promise.all(
      [this.#fleet, this.#api].map((one) => ask(one, { verb: "report" })),
    );
    return {
      connected: Number(fleet?.["connected"]),
      failed: Number(fleet?.["failed"]),
      closes: Number(fleet?.["closes"]),
      questions: { asked: Number(questions?.["asked"]), failed: Number(questions?.["failed"]) },
    };
  }
}

function program(
  name: string,
  namespace: NamespaceName,
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Program {
  const file = join(import.meta.dirname, `${name}.ts`);
  const argv = inNamespace(namespace, [nodePath, file]);
  return new Program({ name, argv, env, logFile: join(folder, "logs", `${name}.log`) });
}
