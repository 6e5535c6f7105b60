import { createHash, verify, X509Certificate } from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { beforeAll, expect, test } from "vitest";
import { canonicalJson } from "#shared/base/canonical-json.ts";
import { trustSet } from "#shared/protocol/trust.ts";
import { type Authority, certificatePin, makeIssuing, makeRoot } from "./authority.ts";
import { type Issuer, makeIssuer } from "./issuer.ts";
import { readRequest } from "./request.ts";
import { exportPrivateKey, importPrivateKey, makeKeyPair } from "./signing-key.ts";
import { signTrustSet } from "./trust-signer.ts";

const now = Date.now();
const dayMs = 86_400_000;
const spiffe = "spiffe://corp.example/device/dev_1";
const p256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

let root: Authority;
let issuing: Authority;
let issuer: Issuer;

beforeAll(async () => {
  root = await makeRoot("corp.example", now);
  issuing = await makeIssuing(root, now);
  issuer = makeIssuer(issuing.certificate, issuing.keys.privateKey);
});

async function request(algorithm: EcKeyGenParams = p256): Promise<string> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name: "CN=spiffe://corp.example/controller/me",
    keys,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: "url", value: "spiffe://corp.example/controller/me" },
      ]),
    ],
  });
  return csr.toString("pem");
}

async function provedKey(): Promise<string> {
  const result = await readRequest(await request());
  return result.kind === "proved" ? result.spkiHex : expect.fail(result.why);
}

test("the chain verifies and its limits are those of the design", () => {
  const rootCertificate = new X509Certificate(root.certificate);
  const issuingCertificate = new X509Certificate(issuing.certificate);
  expect(issuingCertificate.checkIssued(rootCertificate)).toBe(true);
  expect(issuingCertificate.verify(rootCertificate.publicKey)).toBe(true);
  expect(issuingCertificate.ca).toBe(true);
  const constraints = new x509.X509Certificate(issuing.certificate).getExtension(
    x509.BasicConstraintsExtension,
  );
  expect(constraints?.pathLength).toBe(0);
  expect(issuingCertificate.validToDate.getTime()).toBeLessThanOrEqual(now + 366 * dayMs);
});

test("the pin is the SHA-256 of the root's SPKI", async () => {
  const spki = new X509Certificate(root.certificate).publicKey.export({
    type: "spki",
    format: "der",
  });
  expect(await certificatePin(root.certificate)).toBe(
    createHash("sha256").update(spki).digest("base64url"),
  );
});

test("an agent's certificate has the store's name alone, clientAuth alone, at most 24 h", async () => {
  const leaf = await issuer.issueAgent(spiffe, await provedKey(), now);
  const certificate = new X509Certificate(leaf.pem);
  expect(certificate.subjectAltName).toBe(`URI:${spiffe}`);
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
  expect(certificate.ca).toBe(false);
  expect(leaf.notAfterAt - leaf.notBeforeAt).toBeLessThanOrEqual(dayMs);
  expect(certificate.verify(new X509Certificate(issuing.certificate).publicKey)).toBe(true);
});

test("a leaf never outlives its authority", async () => {
  const late = now + 365 * dayMs - 3_600_000;
  const leaf = await issuer.issueAgent(spiffe, await provedKey(), late);
  expect(leaf.notAfterAt).toBe(new X509Certificate(issuing.certificate).validToDate.getTime());
});

test("a server certificate names the controller and its addresses, for servers only", async () => {
  const keys = await makeKeyPair();
  const reopened = await importPrivateKey(await exportPrivateKey(issuing.keys.privateKey));
  const leaf = await makeIssuer(issuing.certificate, reopened).issueServer(
    {
      spiffe: "spiffe://corp.example/controller/main",
      addresses: ["ctl.example", "192.0.2.1", "fd00::1"],
    },
    keys.publicKey,
    now,
  );
  const certificate = new X509Certificate(leaf.pem);
  expect(certificate.subjectAltName).toContain("URI:spiffe://corp.example/controller/main");
  expect(certificate.checkHost("ctl.example")).toBe("ctl.example");
  expect(certificate.checkIP("192.0.2.1")).toBe("192.0.2.1");
  expect(certificate.checkIP("fd00::1")).toBe("fd00::1");
  expect(certificate.checkIP("fd00::2")).toBeUndefined();
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
});

test("requests: another curve, an altered signature and noise are refused", async () => {
  expect(await readRequest(await request({ ...p256, namedCurve: "P-384" }))).toMatchObject({
    kind: "refused",
    why: expect.stringContaining("P-256"),
  });
  const bytes = new Uint8Array(new x509.Pkcs10CertificateRequest(await request()).rawData);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  const altered = new x509.Pkcs10CertificateRequest(bytes).toString("pem");
  expect(await readRequest(altered)).toMatchObject({
    kind: "refused",
    why: expect.stringContaining("possession"),
  });
  expect(await readRequest("noise")).toMatchObject({ kind: "refused" });
});

test("a trust set verifies with the issuing certificate as IEEE P1363, and no byte may change", async () => {
  const pin = await certificatePin(root.certificate);
  const key = { kty: "OKP", crv: "Ed25519", x: "A".repeat(43), kid: "B".repeat(43) } as const;
  const set = await signTrustSet(
    {
      version: 1,
      aud: spiffe,
      roots: [pin],
      configKeys: [key],
      grantKeys: [key],
      leaseKeys: [key],
      breakGlassKeys: [],
      killed: [],
      chain: [issuing.certificate, root.certificate],
    },
    issuer,
  );
  const { sig, ...content } = trustSet.parse(set);
  const publicKey = new X509Certificate(issuing.certificate).publicKey;
  const verifies = (text: string) =>
    verify(
      "sha256",
      Buffer.from(text),
      { key: publicKey, dsaEncoding: "ieee-p1363" },
      Buffer.from(sig, "base64url"),
    );
  expect(verifies(canonicalJson(content))).toBe(true);
  expect(verifies(canonicalJson({ ...content, version: 2 }))).toBe(false);
});
