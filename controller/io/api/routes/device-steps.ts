import type { FastifyRequest } from "fastify";
import { CodedError, describeError } from "#shared/base/coded-error.ts";
import { type bulkSteps, stepOrder } from "#shared/protocol/api/order.ts";
import { type ApiContext, type ApiServer } from "../context.ts";
import { askAgain, requireDevice, takeStep } from "../identity-step.ts";
import { type Follow, withEffect } from "../step-effect.ts";

/** The route of one step for many devices: each is taken by itself, and each says what became of it. */
export function addDeviceStepRoute(server: ApiServer, context: ApiContext): void {
  const options = { config: { needs: "operate" }, schema: { body: stepOrder } } as const;
  server.post("/devices/steps", options, async (request) => {
    const { step, devices } = request.body;
    return withEffect(context, async (follow) => {
      const items = [];
      for (const device of new Set(devices)) {
        items.push(await stepOf(context, request, { step, device, follow }));
      }
      return { items };
    });
  });
}

async function stepOf(
  context: ApiContext,
  request: Pick<FastifyRequest, "actor">,
  order: {
    readonly step: (typeof bulkSteps)[number];
    readonly device: string;
    readonly follow: Follow;
  },
) {
  const { step, device: id, follow } = order;
  const named = { device: id, name: id, status: "unknown" };
  try {
    const device = await requireDevice(context, id);
    const { name, status } = device;
    Object.assign(named, { name, status });
    if (step === "recheck") {
      if (!(await askAgain(context, request, { id })))
        throw new CodedError("SP-705", { why: "it is away" });
      return { ...named, problem: null };
    }
    const after = await takeStep(context, request, { step, identity: device, follow });
    return { ...named, status: after.status, problem: null };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { ...named, problem: { code: error.code, detail: describeError(error).detail } };
  }
}
