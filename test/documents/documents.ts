import { errorDocument } from "./error-document.ts";
import { signalDocument } from "./signal-document.ts";

/** The documents that are made from tables in the code: path and content. */
export const documents: Readonly<Record<string, string>> = {
  "docs/errors.md": errorDocument(),
  "docs/signals.md": signalDocument(),
};
