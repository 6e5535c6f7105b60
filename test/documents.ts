import { errorDocument } from "#shared/base/error-document.ts";

/** The documents that are made from tables in the code: path and content. */
export const documents: Readonly<Record<string, string>> = {
  "docs/errors.md": errorDocument(),
};
