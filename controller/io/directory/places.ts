/** Where a controller keeps its files. */
import { join } from "node:path";

/** The files of one state folder. */
export interface Places {
  readonly directory: string;
  readonly database: string;
  readonly keyFile: string;
  readonly rootKey: string;
  readonly rootCertificate: string;
  readonly token: string;
  readonly decisionLog: string;
  /** Public half of the key that signs the decision log's checkpoints. */
  readonly auditKey: string;
  /** Is there while an `init` is under way. */
  readonly beginning: string;
}

/** Returns the files below a state folder; the key file may stand elsewhere. */
export function placesIn(directory: string, keyFile?: string): Places {
  return {
    directory,
    database: join(directory, "controller.db"),
    keyFile: keyFile ?? join(directory, "kek"),
    rootKey: join(directory, "root-key.pem"),
    rootCertificate: join(directory, "root.pem"),
    token: join(directory, "token"),
    decisionLog: join(directory, "decisions"),
    auditKey: join(directory, "audit-key.json"),
    beginning: join(directory, "init-begun"),
  };
}
