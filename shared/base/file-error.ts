import type { ErrorRef } from "./coded-error.ts";

/** Returns the failure that a file system's word for it (`ENOSPC`, …) means; null for any other error. */
export function fileErrorOf(error: unknown, file: string): ErrorRef | null {
  switch ((error as { readonly code?: unknown } | null)?.code) {
    case "ENOSPC":
    case "EDQUOT":
      return { code: "SP-404", params: { file } };
    case "EROFS":
      return { code: "SP-414", params: { file } };
    case "EACCES":
    case "EPERM":
      return { code: "SP-415", params: { file } };
    default:
      return null;
  }
}

/** Tells whether a disk may take tomorrow what it refuses now, with the program as it is. */
export function isDiskAway({ code }: ErrorRef): boolean {
  return code === "SP-404" || code === "SP-414";
}
