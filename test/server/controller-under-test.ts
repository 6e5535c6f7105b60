// A whole controller in this process, on ports of its own, with its admin API and its folder.
import { randomInt } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Call, makeApiClient } from "../../controller/cli/api-client.ts";
import { initialise } from "../../controller/cli/init.ts";
import {
  type ServeOptions,
  type ServingController,
  startServing,
} from "../../controller/cli/serve.ts";
import { type Places, placesIn } from "../../controller/io/directory/places.ts";
import { openKeyRing } from "../../controller/io/keys/key-ring.ts";
import { readKeyFile } from "../../controller/io/keys/key-file.ts";
import { makeSealing } from "../../controller/io/keys/sealing.ts";
import { type Issuer, makeIssuer } from "../../controller/io/pki/issuer.ts";
import { importPrivateKey } from "../../controller/io/pki/signing-key.ts";
import { openStore } from "../../controller/io/store/store-threads.ts";
import { CodedError } from "#shared/base/coded-error.ts";
import { storedSettings } from "../../controller/cli/settings.ts";

const policyText = `apiVersion: sallyport/v1
policies:
  - id: staff-wiki
    effect: allow
    subjects: {groups: [staff]}
    resources: {names: [wiki]}
    when: {firewall.enabled: {is: true}}
`;

const resourceText = `apiVersion: sallyport/v1
resources:
  - {name: wiki, site: office, targets: [{cidr: 10.77.0.1/32, proto: tcp, ports: [443]}]}
`;

type ServeChanges = Partial<Pick<ServeOptions, "geography" | "identityProviderNets" | "apiTls">>;

/** Below those that systems give away by themselves: a port from here stays free over a restart. Above
 * the last that browsers refuse. */
const ownPorts = [10_100, 30_000] as const;

function isPortTaken(error: unknown): boolean {
  return error instanceof CodedError && error.code === "SP-809";
}

/** A controller that can be stopped and started again on the same folder. */
export class ControllerUnderTest {
  readonly places: Places;
  readonly #options: ServeChanges;
  #serving: ServingController | null = null;

  constructor(directory: string, options: ServeChanges = {}) {
    this.places = placesIn(directory);
    this.#options = options;
  }

  get agentsPort(): number {
    return this.#serving?.agentsPort ?? 0;
  }

  get apiUrl(): string {
    const scheme = this.#options.apiTls === undefined ? "http" : "https";
    return `${scheme}://127.0.0.1:${this.#serving?.apiPort ?? 0}`;
  }

  get rootPem(): string {
    return readFileSync(this.places.rootCertificate, "utf8");
  }

  readonly ask: Call = (request) => {
    const call = makeApiClient({
      url: this.apiUrl,
      tokenFile: this.places.token,
      rootFile: this.places.rootCertificate,
    });
    return call(request.method === "PATCH" ? { ifMatch: "*", ...request } : request);
  };

  /** Starts at these ports; without them at two that nobody has. */
  async start(port?: number, apiPort?: number): Promise<void> {
    for (let triesLeft = 20; ; triesLeft--) {
      try {
        this.#serving = await startServing({
          places: this.places,
          agents: { host: "127.0.0.1", port: port ?? randomInt(...ownPorts) },
          api: { host: "127.0.0.1", port: apiPort ?? randomInt(...ownPorts) },
          metricsPort: 0,
          logLevel: "error",
          ...this.#options,
        });
        return;
      } catch (error) {
        if (port !== undefined || triesLeft === 0 || !isPortTaken(error)) throw error;
      }
    }
  }

  /** Stops; the answer starts again at the same ports. */
  async stopForRestart(): Promise<() => Promise<void>> {
    const { agentsPort, apiPort } = this.#serving ?? { agentsPort: 0, apiPort: 0 };
    await this.stop();
    return () => this.start(agentsPort, apiPort);
  }

  /** Ends and starts again at the same ports, where its agents look for it. */
  async restart(): Promise<void> {
    const startAgain = await this.stopForRestart();
    await startAgain();
  }

  async stop(): Promise<void> {
    await this.#serving?.stop();
    this.#serving = null;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.places.directory, { recursive: true });
  }

  /** The metrics as Prometheus reads them. */
  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.#serving?.metricsPort ?? 0}/metrics`)).text();
  }

  /** Returns the text of a new enrolment key. */
  async enrolKey(options: object): Promise<string> {
    const name = `key-${Math.random().toString(36).slice(2)}`;
    const body = { name, ...options };
    const made = await this.ask({ method: "POST", path: "/enrol-keys", body });
    return (made as { key: string }).key;
  }

  /** Site, one resource and one policy for the group `staff`. */
  async furnish(): Promise<void> {
    await this.ask({ method: "PUT", path: "/sites/office", body: {} });
    const files = (file: string, text: string) => ({ files: [{ file, text }] });
    const resources = files("resources.yaml", resourceText);
    await this.ask({ method: "POST", path: "/resources", body: resources });
    await this.ask({ method: "POST", path: "/policies", body: files("policy.yaml", policyText) });
  }

  /** The controller's own issuing key, to make certificates that it never would. */
  async issuer(): Promise<Issuer> {
    const store = await openStore(this.places.database);
    try {
      const settings = storedSettings.parse(await store.read("setting.list", undefined));
      const sealing = makeSealing(readKeyFile(this.places.keyFile));
      const keys = openKeyRing(sealing, await store.read("key.list", undefined));
      const key = await importPrivateKey(new Uint8Array(keys.issuing));
      return makeIssuer(settings.controller.issuingPem, key);
    } finally {
      await store.close();
    }
  }
}

/** Makes and starts a controller in a new folder. */
export async function startController(options?: ServeChanges): Promise<ControllerUnderTest> {
  const directory = mkdtempSync(join(tmpdir(), "sallyport-server-"));
  const controller = new ControllerUnderTest(directory, options);
  await initialise({
    places: controller.places,
    trustDomain: "example.test",
    url: "https://127.0.0.1:8443",
    addresses: [],
    pool4: "100.96.0.0/16",
    nowAt: Date.now(),
  });
  await controller.start();
  return controller;
}
