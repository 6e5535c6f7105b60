/**
 * Opens a PKCS#12 file of device management. node-forge unwraps it; the key and the certificates are
 * read by node:crypto, which knows the curves that node-forge does not.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import forge from "node-forge";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Secret } from "#shared/base/secret.ts";

/** An identity: the key in PKCS#8 PEM, and its certificates, leaf first. */
export interface IdentityBundle {
  readonly privateKey: string;
  readonly chain: readonly string[];
}

const bytesMax = 128 * 1024;
const certificatesMax = 8;

/** Returns the one key of a file with its chain; throws SP-107 for anything else, never with the password. */
export function openIdentityBundle(file: Uint8Array, password: Secret<string>): IdentityBundle {
  const bags = openBags(file, password);
  const keys = bags.flatMap(keyOf);
  const [key] = keys;
  if (key === undefined || keys.length > 1) throw refused("it does not hold exactly one key");
  const certificates = bags.flatMap(certificateOf);
  if (certificates.length > certificatesMax) throw refused("it holds too many certificates");
  const leaf = certificates.find((one) => one.checkPrivateKey(key));
  if (leaf === undefined) throw refused("it holds no certificate of its key");
  const issuers = certificates.filter((one) => one !== leaf);
  return {
    privateKey: key.export({ type: "pkcs8", format: "pem" }),
    chain: [leaf, ...issuers].map((one) => one.toString()),
  };
}

function openBags(file: Uint8Array, password: Secret<string>): readonly forge.pkcs12.Bag[] {
  if (file.length > bytesMax) throw refused("it is larger than 128 KiB");
  try {
    const asn1 = forge.asn1.fromDer(forge.util.createBuffer(Buffer.from(file).toString("binary")));
    const opened = forge.pkcs12.pkcs12FromAsn1(asn1, false, password.reveal());
    return opened.safeContents.flatMap(({ safeBags }) => safeBags);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : "";
    const why = /password|MAC|decrypt/i.test(said)
      ? "its password is wrong, or it was altered"
      : "it is no PKCS#12 file that can be read";
    throw new CodedError("SP-107", { why });
  }
}

function keyOf(bag: forge.pkcs12.Bag): KeyObject[] {
  const { keyBag, pkcs8ShroudedKeyBag } = forge.pki.oids;
  if (bag.type !== keyBag && bag.type !== pkcs8ShroudedKeyBag) return [];
  // node-forge understands RSA keys and hands over the others as they are.
  const info = bag.key
    ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key))
    : bag.asn1;
  return [
    read("its key", () => createPrivateKey({ key: derOf(info), format: "der", type: "pkcs8" })),
  ];
}

function certificateOf(bag: forge.pkcs12.Bag): X509Certificate[] {
  if (bag.type !== forge.pki.oids["certBag"]) return [];
  const form = bag.cert ? forge.pki.certificateToAsn1(bag.cert) : bag.asn1;
  return [read("a certificate", () => new X509Certificate(derOf(form)))];
}

function derOf(form: forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(form).getBytes(), "binary");
}

function read<T>(what: string, open: () => T): T {
  try {
    return open();
  } catch {
    throw refused(`${what} cannot be read`);
  }
}

function refused(why: string): CodedError {
  return new CodedError("SP-107", { why });
}
