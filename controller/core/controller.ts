/**
 * The controller's heart: what happened and when → what to do. Deterministic; it does nothing itself.
 * Effects are in the order in which they must be carried out: closing before telling, telling before writing.
 */
import { evaluateAtDeadline, evaluateDevice } from "./access/evaluate.ts";
import { sendCheck, sendLeases, sendSnapshot } from "./access/gateway-stream.ts";
import { grantsApplied, openDurable, openFailed } from "./access/opening.ts";
import { moveDoors } from "./access/protected.ts";
import { sendTunnelConfig } from "./access/tunnel-config.ts";
import type { Context, Step } from "./context.ts";
import { type Due, earliest, setDeadline, takeDue } from "./deadline-queue.ts";
import type { Effect } from "./effect.ts";
import type { ControllerEvent } from "./event.ts";
import { answerAccessRequest } from "./elevation/device-request.ts";
import { takeChanges } from "./record-change.ts";
import { takeRollOutDeadline } from "./roll-out/roll-out.ts";
import { takeRefusal, takeRiskReport } from "./risk/report.ts";
import { takeKeep, takeLook } from "./watch/observe.ts";
import { dropLink, expireLink, openLink } from "./session/links.ts";
import { takeMessage } from "./session/message.ts";
import { sendRecheck } from "./session/recheck.ts";
import type { ControllerState, DeviceState } from "./state.ts";
import { alarmConflict, reportDurable, reportFailed } from "./verdict/report.ts";

/** What is due beyond this waits for the next tick, so that a removal never waits for a crowd. */
const sliceMax = 64;

/** What a transition gives; `state` is the same object, changed in place. */
export interface Transition {
  readonly state: ControllerState;
  readonly effects: readonly Effect[];
}

/** Takes one event; `now` is in ms since epoch. */
export function transition(
  state: ControllerState,
  event: ControllerEvent,
  at: { readonly now: number; readonly context: Context },
): Transition {
  const step: Step = { state, ...at, effects: [] };
  takeEvent(step, event);
  return { state, effects: step.effects };
}

/** Returns when `tick` is due next and why, or null; devices that wait to be looked at are due at once. */
export function nextDeadline(
  state: ControllerState,
): { readonly at: number; readonly reason: string } | null {
  if (state.dirty.size > 0) return { at: 0, reason: "devices to evaluate" };
  const due = earliest(state.deadlines);
  return due === null ? null : { at: due.at, reason: due.key };
}

function takeEvent(step: Step, event: ControllerEvent): void {
  switch (event.kind) {
    case "linkOpened":
      return openLink(step, event);
    case "linkClosed":
      return dropLink(step, event.link);
    case "received":
      return takeMessage(step, event);
    case "grantsApplied": {
      const link = step.state.links.get(event.link);
      if (link !== undefined) grantsApplied(step, link.identity.id, event);
      return;
    }
    case "written":
      for (const { device, seq } of event.conflicts) alarmConflict(step, device, seq);
      return takeWritten(step, event.token);
    case "writeFailed":
      return takeWriteFailed(step, event.token);
    case "recordsChanged":
      return takeChanges(step, event.changes);
    case "proofRefused":
      return takeRefusal(step, event.identity);
    case "riskReported":
      return takeRiskReport(step, event);
    case "certificateRenewed":
      return takeRenewal(step, event);
    case "recheckAsked": {
      const link = step.state.devices.get(event.device)?.link;
      if (link?.phase === "greeted") sendRecheck(step, link, event.signals);
      return;
    }
    case "doorsMoved":
      return moveDoors(step.state, event.doors);
    case "tick":
      return tick(step);
  }
}

function takeWritten(step: Step, token: number): void {
  const awaited = step.state.awaiting.get(token);
  step.state.awaiting.delete(token);
  if (awaited?.kind === "events") reportDurable(step, awaited);
  if (awaited?.kind === "opening") openDurable(step, awaited, token);
  if (awaited?.kind === "accessRequest") answerAccessRequest(step, awaited, true);
}

function takeWriteFailed(step: Step, token: number): void {
  const awaited = step.state.awaiting.get(token);
  step.state.awaiting.delete(token);
  if (awaited?.kind === "events") reportFailed(step, awaited);
  if (awaited?.kind === "opening") openFailed(step, awaited, token);
  if (awaited?.kind === "accessRequest") answerAccessRequest(step, awaited, false);
}

function takeRenewal(
  step: Step,
  renewed: { readonly identity: string; readonly spkiHex: string; readonly endsAt: number },
): void {
  const { state } = step;
  const device = state.devices.get(renewed.identity);
  const gateway = state.gateways.get(renewed.identity);
  for (const held of [device, gateway]) {
    if (held === undefined) continue;
    held.certificateEndsAt = renewed.endsAt;
    const { link } = held;
    if (link !== null) setDeadline(state.deadlines, `certificate:${link.id}`, renewed.endsAt);
  }
  const { spkiHex } = renewed;
  if (device !== undefined) device.record = { ...device.record, spkiHex };
  if (gateway !== undefined) gateway.record = { ...gateway.record, spkiHex };
}

function tick(step: Step): void {
  const { state, now } = step;
  let left = sliceMax;
  while (left-- > 0) {
    const due = takeDue(state.deadlines, now);
    if (due === null) break;
    takeDeadline(step, due);
  }
  for (const id of state.dirty) {
    if (left-- <= 0) return;
    state.dirty.delete(id);
    const device = state.devices.get(id);
    if (device !== undefined) lookAgain(step, device);
  }
}

function lookAgain(step: Step, device: DeviceState): void {
  // Who is neither here nor holds anything is looked at when it comes.
  if (device.link === null && device.permits.size === 0) return;
  evaluateDevice(step, device);
  sendTunnelConfig(step, device);
}

function takeDeadline(step: Step, { key }: Due): void {
  const { state } = step;
  const colon = key.indexOf(":");
  const name = key.slice(colon + 1);
  const gateway = state.gateways.get(name);
  const device = state.devices.get(name);
  switch (key.slice(0, colon)) {
    case "device":
      if (device !== undefined) evaluateAtDeadline(step, device);
      return;
    case "rollOut":
      return takeRollOutDeadline(step);
    case "watchLook":
      return takeLook(step);
    case "watchKeep":
      return takeKeep(step);
    case "leases":
      if (gateway !== undefined) sendLeases(step, gateway);
      return;
    case "snapshot":
      if (gateway !== undefined) sendSnapshot(step, gateway);
      return;
    case "check":
      if (gateway !== undefined) sendCheck(step, gateway);
      return;
    case "hello":
      return expireLink(step, Number(name), "hello");
    case "certificate":
      return expireLink(step, Number(name), "certificate");
  }
}
