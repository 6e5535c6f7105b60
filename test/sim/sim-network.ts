/**
 * The wire between agents and the controller's hub. A connection keeps its order, as TCP does; each has
 * a pace of its own, so frames of different connections overtake each other. It can break at any
 * instant: what is under way is lost, both ways, and the ends notice one after the other. Behind a
 * partition frames wait, as TCP sends them again, until it heals or the ends give up.
 *
 *   agent ── frames, 1..40 ms ──> hub        partitioned: frames wait, the agent hears nothing,
 *         <── frames, 1..40 ms ──            the hub closes after 60 s of silence
 */
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";
import type { Hub, HubListener } from "../../controller/ports/hub.ts";
import { readSigned } from "./signed.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** What an agent's end hears. */
export interface AgentEnd {
  opened(connection: number): void;
  frame(connection: number, message: ControllerMessage, configVersion: number): void;
  heard(connection: number): void;
  closed(connection: number, code: number): void;
}

/** Who stands at an end. */
export interface Node {
  readonly id: string;
  readonly role: "device" | "gateway";
  readonly end: AgentEnd;
}

/** One connection, seen from the agent. */
export interface SimLink {
  send(message: AgentMessage): void;
  ping(): void;
  close(): void;
}

/** The whole network, and the controller's port on it. */
export interface SimNetwork {
  readonly hub: Hub;
  connect(node: Node, connection: number): SimLink;
  partition(id: string, cut: boolean): void;
  isCut(id: string): boolean;
  /** Whether the controller has a whole connection of the node. */
  isLinked(id: string): boolean;
  /** Every connection of a node breaks; what is under way on it is lost. */
  breakWire(id: string): void;
  /** The controller is gone: every connection breaks at once. */
  controllerDied(): void;
  /** The process of a node is gone: its connections break. */
  nodeDied(id: string): void;
}

interface Connection {
  readonly node: Node;
  readonly number: number;
  readonly link: number;
  open: boolean;
  /** Nothing arrives on it any more, though an end may not know yet. */
  broken: boolean;
  toHubAt: number;
  toAgentAt: number;
  heardAt: number;
}

const silenceMs = 60_000;

/** Returns a network without connections. */
export function startNetwork(world: { timeline: Timeline; random: Random }): SimNetwork {
  const { timeline, random } = world;
  const connections = new Map<number, Connection>();
  const cut = new Set<string>();
  let held: { readonly id: string; readonly task: () => void }[] = [];
  let listener: HubListener | null = null;
  let nextLink = 1;

  const deliver = (connection: Connection, way: "toHubAt" | "toAgentAt", task: () => void) => {
    const at = Math.max(connection[way], timeline.nowMs() + random.between(1, 40));
    connection[way] = at;
    timeline.after(at - timeline.nowMs(), () => {
      if (connection.broken) return;
      if (cut.has(connection.node.id)) held.push({ id: connection.node.id, task });
      else task();
    });
  };
  const breakOff = (connection: Connection, code: number, who: "both" | "agent" | "hub"): void => {
    if (who !== "agent" && connection.open) {
      connection.open = false;
      connections.delete(connection.link);
      listener?.closed(connection.link, code);
    }
    if (who !== "hub") connection.node.end.closed(connection.number, code);
  };
  const watch = (connection: Connection): void => {
    timeline.after(silenceMs / 2, () => {
      if (!connection.open) return;
      if (timeline.nowMs() - connection.heardAt > silenceMs) breakOff(connection, 4408, "hub");
      else watch(connection);
    });
  };
  return {
    hub: {
      listen(made) {
        listener = made;
        return Promise.resolve(8443);
      },
      send(link, message) {
        const connection = connections.get(link);
        if (connection !== undefined) {
          const version = message.kind === "config" ? versionOf(message.jws) : 0;
          deliver(connection, "toAgentAt", () =>
            connection.node.end.frame(connection.number, message, version),
          );
        }
        return true;
      },
      close(link, code) {
        const connection = connections.get(link);
        if (connection === undefined) return;
        connection.open = false;
        connections.delete(link);
        listener?.closed(link, code);
        deliver(connection, "toAgentAt", () => connection.node.end.closed(connection.number, code));
      },
      stop: () => Promise.resolve(),
    },
    connect(node, number) {
      const connection: Connection = {
        node,
        number,
        link: nextLink++,
        open: false,
        broken: false,
        toHubAt: 0,
        toAgentAt: 0,
        heardAt: timeline.nowMs(),
      };
      deliver(connection, "toHubAt", () => {
        const made = listener;
        if (made === null) return node.end.closed(number, 1006);
        connection.open = true;
        connection.heardAt = timeline.nowMs();
        connections.set(connection.link, connection);
        const admission = made.admit(connection.link, leafOf(node), `192.0.2.${node.id.length}`);
        if (admission.kind === "refused") return breakOff(connection, admission.closeCode, "both");
        watch(connection);
        deliver(connection, "toAgentAt", () => node.end.opened(number));
      });
      const up = (task: (made: HubListener) => void) =>
        deliver(connection, "toHubAt", () => {
          if (!connection.open || listener === null) return;
          connection.heardAt = timeline.nowMs();
          task(listener);
        });
      return {
        send: (message) =>
          up((made) => made.received(connection.link, structuredClone(message), true)),
        ping: () => up(() => deliver(connection, "toAgentAt", () => node.end.heard(number))),
        close: () => {
          deliver(connection, "toHubAt", () => breakOff(connection, 1000, "hub"));
        },
      };
    },
    partition(id, isCut) {
      if (isCut) {
        cut.add(id);
        return;
      }
      cut.delete(id);
      const released = held.filter((one) => one.id === id);
      held = held.filter((one) => one.id !== id);
      for (const { task } of released) task();
    },
    breakWire(id) {
      for (const connection of connections.values()) {
        if (connection.node.id !== id || connection.broken) continue;
        connection.broken = true;
        const { node, number } = connection;
        timeline.after(random.between(1, 40), () => node.end.closed(number, 1006));
        timeline.after(random.between(1, 5_000), () => breakOff(connection, 1006, "hub"));
      }
    },
    isCut: (id) => cut.has(id),
    isLinked: (id) =>
      listener !== null &&
      !cut.has(id) &&
      [...connections.values()].some(({ node, open, broken }) => node.id === id && open && !broken),
    controllerDied() {
      listener = null;
      for (const connection of connections.values()) {
        connection.open = false;
        deliver(connection, "toAgentAt", () => connection.node.end.closed(connection.number, 1006));
      }
      connections.clear();
    },
    nodeDied(id) {
      for (const connection of connections.values()) {
        if (connection.node.id === id) {
          deliver(connection, "toHubAt", () => breakOff(connection, 1006, "hub"));
        }
      }
    },
  };
}

/** Key of a node's certificates in the simulation. */
export function spkiOf(id: string): string {
  return Buffer.from(id).toString("hex");
}

function leafOf(node: Node) {
  return {
    identity: `spiffe://sim.test/${node.role}/${node.id}`,
    spkiHex: spkiOf(node.id),
    serial: "01",
    notBeforeAt: 0,
    notAfterAt: 8_000_000_000_000,
  };
}

function versionOf(jws: string): number {
  return (readSigned(jws) as { version: number }).version;
}
