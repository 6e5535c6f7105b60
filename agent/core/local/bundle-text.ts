/** The support bundle's words: everything that was gathered, without secrets. */
import { isSecretName, redactSecrets } from "../posture/redact.ts";

const depthMax = 32;

/** Returns a value of plain JSON in which whatever is, or looks like, a secret is replaced. */
export function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactSecrets(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > depthMax) return "[too deep]";
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      redactSecrets(name),
      isSecretName(name) && typeof member !== "boolean"
        ? "[redacted]"
        : withoutSecrets(member, depth + 1),
    ]),
  );
}
