/** The controller's real loop over the simulated wire and a store in memory; it can crash and come back. */
import { createHash } from "node:crypto";
import type { Authority } from "../../controller/ports/authority.ts";
import type { ControlPlane } from "../../controller/ports/control-plane.ts";
import type { Crypto } from "../../controller/ports/crypto.ts";
import type { EnrolmentStore } from "../../controller/ports/enrolment-store.ts";
import type { Labels } from "../../controller/ports/metrics.ts";
import type { SigningKeys } from "../../controller/ports/signing-keys.ts";
import { startController } from "../../controller/run.ts";
import type { MemoryStore } from "./memory-store.ts";
import type { Random } from "./random.ts";
import { simulatedSigner, simulatedTrust } from "./signed.ts";
import type { SimNetwork } from "./sim-network.ts";
import type { Timeline } from "./timeline.ts";

/** What the controller runs on. */
export interface SimControllerParts {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly network: SimNetwork;
  readonly memory: MemoryStore;
  readonly startAt: number;
  readonly trouble: (message: string) => void;
}

/** A controller that may be down. */
export interface SimController {
  control(): ControlPlane | null;
  start(): Promise<void>;
  crash(): void;
}

/** Returns a controller that is switched off. */
export function makeSimController(parts: SimControllerParts): SimController {
  const { timeline, network, memory } = parts;
  let life = 0;
  let control: ControlPlane | null = null;
  return {
    control: () => control,
    async start() {
      life += 1;
      const born = life;
      const log = (level: string) => (message: string, fields?: unknown) => {
        if (level === "error") parts.trouble(`controller: ${message} ${JSON.stringify(fields)}`);
      };
      const judge = (name: string, { result }: Labels) => {
        if (name !== "sallyport_events_total") return;
        if (result === "new" || result === "duplicate") return;
        parts.trouble(`controller: an honest agent's event was counted as ${result}`);
      };
      const quiet = { debug: log("debug"), info: log("info"), warn: log("warn") };
      const running = await startController({
        clock: {
          nowAt: () => parts.startAt + timeline.nowMs(),
          monotonicMs: timeline.nowMs,
          wake: (delayMs, run) => timeline.after(delayMs, () => born === life && run()),
        },
        crypto: cryptoOf(parts.random),
        signer: simulatedSigner,
        signInPages: { open: () => ({ url: "https://console.sim.test/", code: "", untilAt: 0 }) },
        store: memory.store,
        enrolmentStore: noEnrolment,
        authority: noAuthority,
        signingKeys: fixedKeys,
        geography: { locate: () => null },
        hub: network.hub,
        metrics: { count: judge, gauge: () => undefined, observe: () => undefined },
        log: { ...quiet, error: log("error") },
        settings: { controllers: ["wss://controller.sim.test:8443/agent"] },
      });
      if (born === life) control = running.control;
    },
    crash() {
      life += 1;
      control = null;
      memory.crash();
      network.controllerDied();
    },
  };
}

const sha256 = (text: string) => createHash("sha256").update(text);

function cryptoOf(random: Random): Crypto {
  return {
    randomBytes: (count) => random.bytes(count),
    sha256Hex: (text) => sha256(text).digest("hex"),
    secretHash: (text) => sha256(text).digest("base64url"),
    presharedKey: (psk, key) => sha256(`${psk} ${key}`).digest("base64"),
    wireguardThumbprint: (key) => sha256(key).digest("base64url"),
  };
}

const refused = () => Promise.reject(new Error("nobody joins during the run"));
const noEnrolment: EnrolmentStore = {
  lookup: refused,
  enrol: refused,
  keepRefusal: refused,
  keepCertificate: () => Promise.resolve(),
  identityAuthorities: () => Promise.resolve([]),
};
const noAuthority: Authority = {
  readRequest: refused,
  issue: refused,
  verifyIdentity: () => ({ kind: "refused", why: "nobody joins during the run" }),
  serverCredentials: refused,
  trustSet: (aud) => Promise.resolve(simulatedTrust(aud)),
};
const fixedKeys: SigningKeys = {
  list: () => [],
  announce: refused,
  activate: refused,
  forgetRetired: () => Promise.resolve(0),
  nextRetirementAt: () => Infinity,
};
