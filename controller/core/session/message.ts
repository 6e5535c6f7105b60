/** What each message of an agent does; a link says hello first, and a replaced link is not heard. */
import { evaluateDevice } from "../access/evaluate.ts";
import { isAlive, leaseSoon, resync } from "../access/gateway-stream.ts";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import {
  type AgentMessage,
  type AgentMessageOf,
  leftReason,
} from "#shared/protocol/agent-message.ts";
import { closeCodes } from "#shared/protocol/capability.ts";
import type { Step } from "../context.ts";
import { takeAccessRequest } from "../elevation/device-request.ts";
import { takeSignIn } from "../person/sign-in.ts";
import { noteHour } from "../risk/arrival.ts";
import { noteRisk } from "../risk/risk.ts";
import type { DeviceState, GatewayState } from "../state.ts";
import { takeBeat } from "../verdict/beat.ts";
import { type ReceivedReport, takeReport, writeReport } from "../verdict/report.ts";
import { takeHello } from "./hello.ts";
import { takeLeave } from "./leave.ts";
import type { Link } from "./link.ts";
import { recheckAfterMismatch } from "./recheck.ts";

const renewEveryMs = 10_000;

/** Takes a message; `signed` tells whether a report's signature verified. */
export function takeMessage(
  step: Step,
  received: { readonly link: number; readonly message: AgentMessage; readonly signed: boolean },
): void {
  const { state, effects } = step;
  const { link: linkId, message, signed } = received;
  const link = state.links.get(linkId);
  if (link === undefined) return;
  const { id } = link.identity;
  const held = state.devices.get(id) ?? state.gateways.get(id);
  if (held?.link !== link) return;
  if (message.kind !== "hello" && link.phase === "opened") {
    const reason = "hello comes first";
    effects.push({ kind: "close", link: linkId, code: closeCodes.protocol, reason });
    return;
  }
  switch (message.kind) {
    case "hello":
      return takeHello(step, link, message);
    case "report":
      return takeFacts(step, { link, held }, { report: message, signed });
    case "beat":
      return takeLife(step, { link, held }, message);
    case "renew":
      return takeRenew(step, link, message);
    case "applied":
      return takeApplied(step, link, message);
    case "resync": {
      const gateway = state.gateways.get(id);
      if (gateway !== undefined) resync(step, gateway);
      return;
    }
    case "accessRequest": {
      const device = state.devices.get(id);
      if (device !== undefined) takeAccessRequest(step, { link, device }, message);
      return;
    }
    case "signIn": {
      const device = state.devices.get(id);
      if (device !== undefined) takeSignIn(step, { link, device }, message);
      return;
    }
    case "breakGlassOpened":
      return takeBreakGlassOpening(step, link, message);
    case "telemetry":
      return takeTelemetry(step, link, message);
    case "bye":
      if (message.reason === leftReason) takeLeave(step, held);
      return;
    case "error":
      // Nothing follows from these; the loop logs them.
      return;
  }
}

/** A certificate costs a signature and a write, so a link gets one in ten seconds at most. */
function takeRenew(step: Step, link: Link, { csr }: AgentMessageOf<"renew">): void {
  if (step.now - link.renewedAt >= renewEveryMs) {
    link.renewedAt = step.now;
    step.effects.push({ kind: "renew", link: link.id, csr });
    return;
  }
  const detail = "a certificate was asked for a moment ago";
  const message = { kind: "error", code: "SP-706", detail, re: "renew" } as const;
  step.effects.push({ kind: "send", link: link.id, message });
}

interface Source {
  readonly link: Link;
  readonly held: DeviceState | GatewayState;
}

function takeFacts(step: Step, { link, held }: Source, received: ReceivedReport): void {
  const { report, signed } = received;
  const outcome = takeReport(step, { link, posture: held.posture }, received);
  const device = step.state.devices.get(link.identity.id);
  if (!signed && device !== undefined && noteRisk(step, device, { kind: "report.bad_signature" })) {
    evaluateDevice(step, device);
  }
  if (outcome.changed && device !== undefined) evaluateDevice(step, device, { reported: true });
  if (signed) writeReport(step, link, { report, rows: outcome.rows });
}

function takeLife(step: Step, { link, held }: Source, beat: AgentMessageOf<"beat">): void {
  const device = step.state.devices.get(link.identity.id);
  if (device !== undefined && !isAlive(device, step.now)) leaseSoon(step, device);
  const outcome = takeBeat(step, held.posture, beat);
  if (outcome === "differs") return recheckAfterMismatch(step, link, held.posture);
  if (device === undefined) return;
  noteHour(step, device);
  const recovered = device.recoveringUntilAt > 0;
  device.recoveringUntilAt = 0;
  if (recovered || outcome === "revived") evaluateDevice(step, device);
}

/** What was opened without us is over by now: the snapshot of this connection did not name it. */
function takeBreakGlassOpening(
  step: Step,
  link: Link,
  { opening }: AgentMessageOf<"breakGlassOpened">,
): void {
  const gateway = link.identity.id;
  const { jti, device, resources, holders, reason } = opening;
  const told = `${gateway} ${jti}`;
  if (!step.state.gateways.has(gateway) || step.state.openingsTold.has(told)) return;
  step.state.openingsTold.add(told);
  step.effects.push({
    kind: "write",
    token: null,
    writes: [{ kind: "breakGlassOpened", gateway, at: step.now, opening }],
  });
  const params = {
    jti,
    device,
    resources: resources.join(", "),
    holders: holders.join(" and "),
    reason,
  };
  step.effects.push({ kind: "alarm", subject: gateway, error: { code: "SP-507", params } });
}

/** A config that is tried again and fails alike is told once. */
function takeApplied(step: Step, link: Link, applied: AgentMessageOf<"applied">): void {
  if (applied.what === "command") return;
  // Grants and snapshots are matched with what was sent before they come here as `grantsApplied`.
  if (applied.what === "grants" || applied.what === "snapshot") return;
  const errors = applied.result === "ok" ? [] : [applied.errors[0] ?? unnamed(applied)];
  if (applied.what === "config") {
    const known = errors.every((error) => link.configErrors.some((held) => isSame(held, error)));
    link.configErrors = errors.length === 0 ? [] : [...errors, ...applied.errors.slice(1)];
    if (known) return;
  }
  for (const error of errors) {
    step.effects.push({ kind: "alarm", subject: link.identity.id, error });
  }
}

/** What fails without a reason is still named. */
function unnamed({ what, ref, result }: AgentMessageOf<"applied">): ErrorRef {
  return {
    code: "SP-405",
    params: { code: result, why: `${what} ${ref}, and the agent gave no reason` },
  };
}

function isSame(left: ErrorRef, right: ErrorRef): boolean {
  const { code, params } = left;
  return (
    code === right.code &&
    params["step"] === right.params["step"] &&
    params["why"] === right.params["why"]
  );
}

/** Machines change seldom; whoever tells more often is heard once in ten minutes. */
const inventoryEveryMs = 600_000;

function takeTelemetry(step: Step, link: Link, telemetry: AgentMessageOf<"telemetry">): void {
  takeDenied(step, link, telemetry.denied ?? []);
  // It is sent configs like every other, and enforces none. A Linux tells itself what it lacks.
  const os = step.state.devices.get(link.identity.id)?.record.os ?? "linux";
  if (telemetry.netd.wireguard === "none" && os !== "linux") {
    const why = "`sallyport status` there tells why";
    link.configErrors = [{ code: "SP-427", params: { os, why } }];
  }
  const { inventory } = telemetry;
  if (inventory === undefined || step.now - link.inventoryAt < inventoryEveryMs) return;
  link.inventoryAt = step.now;
  const { id: identity } = link.identity;
  const write = { kind: "inventory", identity, at: step.now, items: inventory } as const;
  step.effects.push({ kind: "write", token: null, writes: [write] });
}

/** Only a gateway refuses packets of others; what a device says of it counts for nothing. */
function takeDenied(
  step: Step,
  link: Link,
  denied: NonNullable<AgentMessageOf<"telemetry">["denied"]>,
): void {
  const by = denied.reduce((sum, { count }) => sum + count, 0);
  if (by === 0 || !step.state.gateways.has(link.identity.id)) return;
  const labels = { reason: "ungranted" } as const;
  step.effects.push({
    kind: "tally",
    tally: { name: "sallyport_gateway_denied_total", labels },
    by,
  });
}
