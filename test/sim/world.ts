/**
 * The world of a run: both real programs, three laptops, two gateways, one wire, one clock, one seed.
 *
 *   laptop-0..2 ─┐                      ┌─ controller (crashes) ── store (stalls, fills)
 *                ├── wire (partitions) ─┤
 *   gw-0, gw-1 ──┘                      └─ kernels outlive every process
 */
import type { GrantClaims } from "#shared/grant/claims.ts";
import { type DeviceKernel, startDeviceKernel } from "./device-kernel.ts";
import { type GatewayKernel, startGatewayKernel } from "./gateway-kernel.ts";
import { eventName, makeMemoryStore, type MemoryStore } from "./memory-store.ts";
import { seededRandom, type Random } from "./random.ts";
import { makeRecords } from "./records.ts";
import { makeSimAgent, type SimAgent } from "./sim-agent.ts";
import { makeSimController, type SimController } from "./sim-controller.ts";
import { type SimNetwork, startNetwork } from "./sim-network.ts";
import { startTimeline, type Timeline } from "./timeline.ts";
import type { DeviceRecord, GatewayRecord } from "../../controller/core/record.ts";

/** A laptop: its record, its process, its network. */
export interface SimDevice {
  readonly record: DeviceRecord;
  readonly agent: SimAgent;
  readonly kernel: DeviceKernel;
}

/** A gateway: its record, its process, its network. */
export interface SimGateway {
  readonly record: GatewayRecord;
  readonly agent: SimAgent;
  readonly kernel: GatewayKernel;
}

/** Everything of a run. */
export interface World {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly network: SimNetwork;
  readonly memory: MemoryStore;
  readonly controller: SimController;
  readonly devices: readonly SimDevice[];
  readonly gateways: readonly SimGateway[];
  /** Promises that were broken so far, in words. */
  readonly broken: string[];
  /** Milliseconds since the epoch, by the controller's clock. */
  readonly serverMs: () => number;
}

const startAt = 1_700_000_000_000;

/** Builds the world of a seed and switches everything on. */
export async function startWorld(seed: number, deviceCount = 3): Promise<World> {
  const random = seededRandom(seed);
  const timeline = startTimeline();
  const network = startNetwork({ timeline, random });
  const records = makeRecords(deviceCount, random);
  const memory = makeMemoryStore(records, { timeline, random });
  const broken: string[] = [];
  const trouble = (message: string): void => void broken.push(message);
  const shared = { timeline, random, network, startAt, trouble };
  const controller = makeSimController({ ...shared, memory });
  const serverMs = () => startAt + timeline.nowMs();

  const gateways = records.gateways.map((record): SimGateway => {
    const kernel = startGatewayKernel((claims) => checkDurable(claims, memory, broken));
    const agent = makeSimAgent({
      ...shared,
      id: record.id,
      role: "gateway",
      wgPublicKey: record.wgPublicKey,
      kernel: (request) => kernel.request(request, serverMs()),
      forgotten: (event) => checkAcked(record.id, event, { memory, broken }),
    });
    return { record, agent, kernel };
  });
  const devices = records.devices.map((record): SimDevice => {
    const kernel = startDeviceKernel(() => {
      if (!gateways.some((gateway) => gateway.kernel.knows(record.id))) {
        broken.push(`${record.name} was told of routes before any gateway knew it`);
      }
    });
    const agent = makeSimAgent({
      ...shared,
      id: record.id,
      role: "device",
      wgPublicKey: record.wgPublicKey,
      kernel: (request) => kernel.request(request),
      forgotten: (event) => checkAcked(record.id, event, { memory, broken }),
    });
    return { record, agent, kernel };
  });
  await controller.start();
  for (const { agent } of [...gateways, ...devices]) agent.start();
  return { timeline, random, network, memory, controller, devices, gateways, broken, serverMs };
}

/** Opening waits for the disk: a grant that a gateway takes is durable at the controller. */
function checkDurable(claims: GrantClaims, memory: MemoryStore, broken: string[]): void {
  if (!memory.grants.has(claims.jti))
    broken.push(`grant ${claims.jti} opened before it was durable`);
}

/** An event is forgotten by its device only when the controller holds it durably. */
function checkAcked(
  device: string,
  event: { readonly epoch: string; readonly seq: number },
  by: { readonly memory: MemoryStore; readonly broken: string[] },
): void {
  if (!by.memory.events.has(eventName({ device, epoch: event.epoch, seq: event.seq }))) {
    by.broken.push(`event ${event.seq} of ${device} was acked before it was durable`);
  }
}
