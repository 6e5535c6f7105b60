/** The slow way of an opening: durable, then to the gateway, then confirmed, then told to the device. */
import { closeCodes } from "#shared/protocol/capability.ts";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { Step } from "../context.ts";
import type { StoreWrite } from "../row.ts";
import type { Awaiting, DeviceState, GatewayState } from "../state.ts";
import { evaluateDevice, evaluateLater } from "./evaluate.ts";
import { hold } from "./permits.ts";
import { sendTunnelConfig } from "./tunnel-config.ts";

/** A gateway that refuses everything is not flooded with new grants. */
const doubtEveryMs = 30_000;

type Opening = Extract<Awaiting, { kind: "opening" }>;

/** Sends what became durable to its gateways; what was taken back meanwhile is ended in the store. */
export function openDurable(step: Step, opening: Opening, token: number): void {
  const device = step.state.devices.get(opening.device);
  const writes: StoreWrite[] = [];
  for (const { gateway: id, claims } of opening.grants) {
    const gateway = step.state.gateways.get(id);
    const permit = device?.permits.get(id);
    if (device === undefined || gateway === undefined || permit?.writing?.token !== token) {
      writes.push({ kind: "grantEnd", jti: claims.jti, at: step.now, because: "overtaken" });
      continue;
    }
    const former = permit.live;
    permit.writing = null;
    permit.leasedAt = step.now;
    permit.doubted = false;
    hold({ device, gateway }, permit, claims);
    if (former !== null) {
      writes.push({ kind: "grantEnd", jti: former.jti, at: step.now, because: "replaced" });
    }
    if (gateway.link?.synced !== true) continue;
    step.effects.push({
      kind: "grants",
      link: gateway.link.id,
      gateway: id,
      add: [claims],
      remove: [],
      urgent: false,
      narrowed: [],
    });
  }
  if (writes.length > 0) step.effects.push({ kind: "write", token: null, writes });
}

/** Takes an opening back whose write failed and tries again later: nothing opens without the disk. */
export function openFailed(step: Step, opening: Opening, token: number): void {
  const device = step.state.devices.get(opening.device);
  if (device === undefined) return;
  for (const { gateway } of opening.grants) {
    const permit = device.permits.get(gateway);
    if (permit?.writing?.token === token) permit.writing = null;
  }
  evaluateLater(step, device);
}

/** Notes that a gateway holds these grants and tells their devices; a failure opens nothing. */
export function grantsApplied(
  step: Step,
  gatewayId: string,
  answer: {
    readonly jtis: readonly string[];
    readonly result: "ok" | "partial" | "failed";
    readonly errors?: readonly ErrorRef[];
  },
): void {
  const gateway = step.state.gateways.get(gatewayId);
  if (gateway === undefined) return;
  if (answer.result !== "ok") {
    const error = answer.errors?.[0] ?? {
      code: "SP-405",
      params: { code: answer.result, why: "grants, and the gateway gave no reason" },
    };
    step.effects.push({ kind: "alarm", subject: gatewayId, error });
    for (const jti of answer.jtis) doubt(step, gateway, jti);
    return;
  }
  for (const jti of answer.jtis) {
    const device = step.state.devices.get(gateway.holders.get(jti) ?? "");
    const permit = device?.permits.get(gatewayId);
    if (device === undefined || permit?.live?.jti !== jti) continue;
    const named = permit.live.access.map(({ r }) => r);
    if (named.length === permit.applied.size && named.every((r) => permit.applied.has(r))) continue;
    permit.applied = new Set(named);
    tellDevice(step, device);
  }
}

/**
 * Has a grant issued anew under another id. A crash can lose the end of a grant that its gateway has
 * already carried out; a gateway never takes an ended id back, so the old one would stay closed.
 */
function doubt(step: Step, gateway: GatewayState, jti: string): void {
  const device = step.state.devices.get(gateway.holders.get(jti) ?? "");
  const permit = device?.permits.get(gateway.record.id);
  if (device === undefined || permit?.live?.jti !== jti) return;
  if (step.now - permit.doubtedAt < doubtEveryMs) return;
  permit.doubted = true;
  permit.doubtedAt = step.now;
  evaluateLater(step, device);
}

function tellDevice(step: Step, device: DeviceState): void {
  sendTunnelConfig(step, device);
  evaluateDevice(step, device);
}

/** Closes the link of an identity that may have none any more. */
export function closeRevoked(step: Step, link: number, identity: string): void {
  step.effects.push({
    kind: "close",
    link,
    code: closeCodes.revoked,
    reason: `${identity} was revoked`.slice(0, 120),
  });
}
