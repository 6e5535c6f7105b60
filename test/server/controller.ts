/** A whole controller in this process, in a folder of its own, with real TLS, SQLite and X.509. */
import { createHash, randomBytes, type X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { TLSSocket } from "node:tls";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { initialise } from "../../controller/cli/init.ts";
import { type ServingController, startServing } from "../../controller/cli/serve.ts";
import { makeClock } from "../../controller/io/clock/clock.ts";
import { type Places, placesIn } from "../../controller/io/directory/places.ts";

export const trustDomain = "corp.example";

/** An answer of either port. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A machine that wants to join: its key and its request. */
export interface Joiner {
  readonly keyPem: string;
  readonly csr: string;
  readonly wgPublicKey: string;
}

/** A client certificate with its key. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

/** Owns one controller and its folder. */
export class TestController {
  readonly places: Places = placesIn(mkdtempSync(join(tmpdir(), "sallyport-server-")));
  readonly logLines: Readonly<Record<string, unknown>>[] = [];
  /** Added to the controller's wall clock; applies from the next start. */
  clockShiftMs = 0;
  #serving: ServingController | undefined;

  get agentsPort(): number {
    return this.#running().agentsPort;
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.#running().apiPort}`;
  }

  async init(): Promise<void> {
    await initialise({
      places: this.places,
      trustDomain,
      url: "https://127.0.0.1:8443",
      addresses: [],
      pool4: "100.96.0.0/16",
      nowAt: Date.now() + this.clockShiftMs,
    });
  }

  async start(): Promise<void> {
    const clock = makeClock();
    const shiftMs = this.clockShiftMs;
    this.#serving = await startServing({
      places: this.places,
      agents: { host: "127.0.0.1", port: 0 },
      api: { host: "127.0.0.1", port: 0 },
      metricsPort: 0,
      logLevel: "info",
      clock: { ...clock, nowAt: () => clock.nowAt() + shiftMs },
      logStream: this.#logStream(),
    });
  }

  async stop(): Promise<void> {
    await this.#serving?.stop();
    this.#serving = undefined;
  }

  async end(): Promise<void> {
    await this.stop();
    rmSync(this.places.directory, { recursive: true, force: true });
  }

  /** Asks the admin API as root. */
  async ask(method: string, path: string, body?: object): Promise<Answer> {
    const token = readFileSync(this.places.token, "utf8").trim();
    const url = `http://127.0.0.1:${this.#running().apiPort}/api/v1${path}`;
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Answer["body"] };
  }

  /** The metrics as Prometheus reads them. */
  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.#running().metricsPort}/metrics`)).text();
  }

  /** Makes an enrolment key; returns what its text says. */
  async enrolmentKey(order: object): Promise<{ readonly k: string; readonly s: string }> {
    const { body } = await this.ask("POST", "/enrol-keys", order);
    const bytes = Buffer.from(String(body["key"]).slice(4), "base64url");
    return JSON.parse(bytes.subarray(0, -4).toString()) as { k: string; s: string };
  }

  /** Posts to the agents' port, with a client certificate where one is given. */
  async post(path: string, body: object, credentials?: Credentials): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        {
          host: "127.0.0.1",
          port: this.agentsPort,
          path,
          method: "POST",
          // Trust is tested by `shownChain`; here only the answers matter.
          rejectUnauthorized: false,
          ...credentials,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString();
            const status = response.statusCode ?? 0;
            resolve({ status, body: JSON.parse(text) as Answer["body"] });
          });
        },
      );
      request.on("error", reject);
      request.end(JSON.stringify(body));
    });
  }

  /** The certificates that the agents' port shows, leaf first. */
  async shownChain(): Promise<readonly X509Certificate[]> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest({
        host: "127.0.0.1",
        port: this.agentsPort,
        path: "/",
        rejectUnauthorized: false,
      });
      request.on("error", reject);
      request.on("response", (response) => {
        const chain: X509Certificate[] = [];
        let next = (response.socket as TLSSocket).getPeerX509Certificate();
        while (next !== undefined) {
          chain.push(next);
          next = next.issuerCertificate;
        }
        response.resume();
        resolve(chain);
      });
      request.end();
    });
  }

  /** Tries to join. */
  join(key: { readonly k: string; readonly s: string }, joiner: Joiner): Promise<Answer> {
    return this.post("/v1/enrol", {
      keyId: key.k,
      secret: key.s,
      csr: joiner.csr,
      wgPublicKey: joiner.wgPublicKey,
      device: { hostname: "laptop", os: "linux", serials: [] },
    });
  }

  #running(): ServingController {
    if (this.#serving === undefined) throw new Error("the controller does not run");
    return this.#serving;
  }

  #logStream(): Writable {
    const lines = this.logLines;
    return new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(JSON.parse(String(chunk)) as Record<string, unknown>);
        done();
      },
    });
  }
}

/** Returns a machine with a new P-256 key and a request with an empty subject. */
export async function makeJoiner(): Promise<Joiner> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    keys,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  const keyPem = x509.PemConverter.encode(pkcs8, "PRIVATE KEY");
  return { keyPem, csr: csr.toString("pem"), wgPublicKey: randomBytes(32).toString("base64") };
}

/** Returns the base64url SHA-256 of a certificate's SPKI. */
export function pinOf(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest("base64url");
}
