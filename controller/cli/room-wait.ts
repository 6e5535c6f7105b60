import { statfs } from "node:fs/promises";
import { type CodedError, describeError } from "#shared/base/coded-error.ts";
import { openRefusingPort } from "../io/api/refusing-port.ts";
import { openMetricsPort } from "../io/metrics/metrics-port.ts";
import { placeError } from "../io/store/place-error.ts";
import { makeMetrics } from "../io/metrics/registry.ts";
import type { Log } from "../ports/log.ts";
import type { RoomWait } from "./start-with-room.ts";

/** Less than this is not tried: the index that the store's threads share alone takes 32 KiB. */
const roomBytesMin = 1 << 20;

/** The ports of a controller, and its folder. */
export interface RoomPorts {
  readonly places: { readonly directory: string; readonly database: string };
  readonly api: { readonly host: string; readonly port: number };
  /** Set where the API speaks TLS: whoever asks in clear gets no answer then. */
  readonly apiTls?: unknown;
  readonly metricsPort: number;
}

/** What waiting uses. */
export interface RoomParts {
  readonly log: Log;
  /** Ends the wait when it resolves. */
  readonly called: Promise<unknown>;
  /** Tells the system that this process has started, though it does not serve yet. */
  readonly announce: () => Promise<void>;
}

/** Returns how a controller waits: its ports say that it is not ready, and why. */
export function makeRoomWait(ports: RoomPorts, { log, called, announce }: RoomParts): RoomWait {
  return {
    told: async ({ code, params }) => {
      const { title, detail, fix } = describeError({ code, params });
      log.error("controller waits for its disk", { code, title, detail, fix });
      await announce();
    },
    standIn: async (error: CodedError) => {
      const metrics = makeMetrics();
      const health = await openMetricsPort({
        port: ports.metricsPort,
        metrics,
        ready: () => false,
      });
      try {
        const api = ports.apiTls === undefined ? await openRefusingPort(ports.api, error) : null;
        return async () => {
          await health.close();
          await api?.close();
        };
      } catch (cause) {
        // An open port would keep a process alive that has ended.
        await health.close();
        throw cause;
      }
    },
    hasRoom: async () => {
      if (placeError(ports.places.database) !== null) return false;
      const { bavail, bsize } = await statfs(ports.places.directory);
      return bavail * bsize >= roomBytesMin;
    },
    pause: (ms) => {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => resolve(true), ms);
      return Promise.race([promise, called.then(() => false)]).finally(() => clearTimeout(timer));
    },
  };
}
