/** The first frame of a link and what answers it: welcome, then the whole state that the identity needs. */
import { sendUserSession } from "../person/person-change.ts";
import { closeCodes, capability } from "#shared/protocol/capability.ts";
import type { AgentMessageOf } from "#shared/protocol/agent-message.ts";
import { evaluateDevice } from "../access/evaluate.ts";
import { sendGatewayConfig } from "../access/gateway-config.ts";
import { sendStanding } from "../access/gateway-standing.ts";
import { sendSnapshot } from "../access/gateway-stream.ts";
import { sendTunnelConfig } from "../access/tunnel-config.ts";
import type { Step } from "../context.ts";
import { setDeadline } from "../deadline-queue.ts";
import type { DeviceState, GatewayState } from "../state.ts";
import { type Ledger, settleGap } from "../verdict/ledger.ts";
import { ledgerOf } from "../verdict/posture.ts";
import type { Link } from "./link.ts";

/** Agents beat at this pace, in ms. */
const heartbeatMs = 20_000;
const minVersion = "0.1.0";
const versionMost = 2 ** 52;

/** Takes a link's hello; another role or tunnel key than the identity's ends the link. */
export function takeHello(step: Step, link: Link, hello: AgentMessageOf<"hello">): void {
  const { state, effects, now } = step;
  const { role, id } = link.identity;
  if (hello.role !== role || link.phase !== "opened") {
    const reason = "hello does not fit the certificate or came twice";
    effects.push({ kind: "close", link: link.id, code: closeCodes.protocol, reason });
    return;
  }
  const held = role === "device" ? state.devices.get(id) : state.gateways.get(id);
  if (held === undefined) return;
  if (held.record.wgPublicKey !== hello.wgPublicKey) {
    // A certificate alone must not move an identity's grants to a key that its netd does not hold.
    const reason = "the WireGuard key is not the one of the enrolment";
    effects.push({ kind: "close", link: link.id, code: closeCodes.protocol, reason });
    effects.push({
      kind: "alarm",
      subject: id,
      error: { code: "SP-504", params: { identity: id } },
    });
    return;
  }
  link.phase = "greeted";
  setDeadline(state.deadlines, `hello:${link.id}`, Infinity);
  held.posture.epoch = hello.epoch;
  const ledger = ledgerOf(held.posture, hello.epoch);
  noteLoss(step, id, { ledger, ackedByMe: hello.seq.ackedByMe });
  held.configVersion = Math.max(held.configVersion, Math.min(hello.configVersion, versionMost));
  effects.push({
    kind: "send",
    link: link.id,
    message: {
      kind: "welcome",
      serverAt: Math.floor(now),
      capability,
      heartbeatMs,
      epoch: hello.epoch,
      ackedSeq: ledgerOf(held.posture, hello.epoch).contiguous,
      device: { id, name: held.record.name },
      minVersion,
      features: [],
    },
  });
  effects.push({ kind: "trust", link: link.id, heldVersion: hello.trustVersion ?? 0 });
  effects.push({ kind: "write", token: null, writes: [{ kind: "seen", identity: id, at: now }] });
  const device = state.devices.get(id);
  if (device !== undefined) greetDevice(step, device);
  const gateway = state.gateways.get(id);
  if (gateway !== undefined) greetGateway(step, gateway);
}

function greetDevice(step: Step, device: DeviceState): void {
  device.sentConfig = "";
  device.sentVerdict = "";
  sendUserSession(step, device);
  evaluateDevice(step, device);
  sendTunnelConfig(step, device);
}

function greetGateway(step: Step, gateway: GatewayState): void {
  gateway.sentConfig = "";
  if (gateway.record.status !== "active") {
    // Held while it was away, by a restore too: what it still holds must not live on by its tolerance.
    if (gateway.record.status !== "quarantined") return;
    sendSnapshot(step, gateway);
    sendStanding(step, gateway);
    return;
  }
  sendGatewayConfig(step, gateway);
  sendSnapshot(step, gateway);
}

/** After a restore of the store the device may have forgotten, by our own ack, what we no longer hold. */
function noteLoss(
  step: Step,
  device: string,
  { ledger, ackedByMe }: { readonly ledger: Ledger; readonly ackedByMe: number },
): void {
  const from = ledger.contiguous + 1;
  if (ackedByMe < from) return;
  settleGap(ledger, from, ackedByMe);
  const error = { code: "SP-206", params: { from, to: ackedByMe, device } } as const;
  step.effects.push({ kind: "alarm", subject: device, error });
}
