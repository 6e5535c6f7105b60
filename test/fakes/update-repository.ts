/** A TUF repository on loopback: keys, metadata and one package, each of which a test may spoil. */
import { createHash, generateKeyPairSync, sign as signWith } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  Key,
  Metadata,
  MetaFile,
  Root,
  Signature,
  Snapshot,
  TargetFile,
  Targets,
  Timestamp,
} from "@tufjs/models";

/** What is in the repository. */
export interface RepositoryContent {
  readonly target: string;
  readonly bytes: Buffer;
  readonly custom: Readonly<Record<string, unknown>>;
  /** Of timestamp, snapshot and targets. */
  readonly metadataVersion?: number;
  readonly expires?: string;
}

/** A running repository. */
export interface UpdateRepository {
  readonly url: string;
  /** The root metadata that a package carries. */
  readonly root: string;
  publish(content: RepositoryContent): void;
  /** Gives every role a fresh key, in a next root that the former key signs, too, if it is `vouched` for. */
  rotate(vouched: boolean): void;
  /** Files as they are served, by path: a test may change them. */
  readonly files: Map<string, Buffer>;
  /** From now on files come as this many bytes, and then nothing more. */
  stall(bytes: number): void;
  close(): Promise<void>;
}

const roles = ["root", "targets", "snapshot", "timestamp"];
const specVersion = "1.0.0";

interface KeyInUse {
  readonly key: Key;
  readonly sign: (data: Buffer) => Signature;
}

function freshKey(): KeyInUse {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("hex");
  const keyID = createHash("sha256").update(raw).digest("hex");
  return {
    key: new Key({ keyID, keyType: "ed25519", scheme: "ed25519", keyVal: { public: raw } }),
    sign: (data) => new Signature({ keyID, sig: signWith(null, data, privateKey).toString("hex") }),
  };
}

function signed(part: Root | Targets | Snapshot | Timestamp, ...keys: readonly KeyInUse[]): Buffer {
  const metadata = new Metadata(part);
  for (const { sign } of keys) metadata.sign(sign);
  return Buffer.from(JSON.stringify(metadata.toJSON()));
}

function rootWith({ key }: KeyInUse, version: number): Root {
  const expires = "2099-01-01T00:00:00Z";
  const root = new Root({ version, specVersion, expires, consistentSnapshot: false });
  for (const role of roles) root.addKey(key, role);
  return root;
}

/** Starts an empty repository with one fresh key for every role. */
export async function startUpdateRepository(): Promise<UpdateRepository> {
  let inUse = freshKey();
  let version = 1;
  const files = new Map<string, Buffer>();
  let stalledAfter = Infinity;
  const server = createServer((request, response) => {
    const found = files.get(request.url ?? "");
    if (found !== undefined && stalledAfter < found.length) {
      response.writeHead(200, { "content-length": found.length });
      response.write(found.subarray(0, stalledAfter));
      return;
    }
    response.writeHead(found === undefined ? 404 : 200).end(found);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    root: signed(rootWith(inUse, version), inUse).toString(),
    files,
    publish: ({ target, bytes, custom, metadataVersion = 1, expires = "2099-01-01T00:00:00Z" }) => {
      const common = { version: metadataVersion, specVersion, expires };
      const hashes = { sha256: createHash("sha256").update(bytes).digest("hex") };
      const more = { custom: { ...custom } as never };
      const file = new TargetFile({
        path: target,
        length: bytes.length,
        hashes,
        unrecognizedFields: more,
      });
      const meta = new MetaFile({ version: metadataVersion });
      const targets = new Targets({ ...common, targets: { [target]: file } });
      const snapshot = new Snapshot({ ...common, meta: { "targets.json": meta } });
      files.set("/metadata/targets.json", signed(targets, inUse));
      files.set("/metadata/snapshot.json", signed(snapshot, inUse));
      files.set(
        "/metadata/timestamp.json",
        signed(new Timestamp({ ...common, snapshotMeta: meta }), inUse),
      );
      files.set(`/targets/${target}`, bytes);
    },
    rotate: (vouched) => {
      const former = inUse;
      inUse = freshKey();
      version += 1;
      const signers = vouched ? [former, inUse] : [inUse];
      files.set(`/metadata/${version}.root.json`, signed(rootWith(inUse, version), ...signers));
    },
    stall: (bytes) => {
      stalledAfter = bytes;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}
