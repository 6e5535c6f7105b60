/** From the text of a frame to a message: limits first, then JSON, then the schema. */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import { type AgentMessage, agentMessage } from "#shared/protocol/agent-message.ts";

/** What a frame holds; an unknown kind is told apart from what is merely broken. */
export type FrameResult =
  | { readonly kind: "message"; readonly message: AgentMessage }
  | { readonly kind: "unknownKind"; readonly error: ErrorRef }
  | { readonly kind: "malformed"; readonly error: ErrorRef };

const kinds: ReadonlySet<string> = new Set(
  agentMessage.options.map(({ shape }) => shape.kind.value),
);

/** Reads a text frame. */
export function readFrame(text: string): FrameResult {
  const value = parseJson(text);
  const kind = kindOf(value);
  if (kind === null) return malformed("?", "not a JSON object with a kind");
  if (!kinds.has(kind)) {
    return { kind: "unknownKind", error: refusal(kind, "unknown kind") };
  }
  const result = agentMessage.safeParse(value);
  if (result.success) return { kind: "message", message: result.data };
  const [issue] = result.error.issues;
  return malformed(kind, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "refused"}`);
}

function malformed(kind: string, why: string): FrameResult {
  return { kind: "malformed", error: refusal(kind, why) };
}

function refusal(kind: string, why: string): ErrorRef {
  return { code: "SP-205", params: { kind: kind.slice(0, 64), why: why.slice(0, 256) } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON is answered like JSON of no known shape.
    return null;
  }
}

function kindOf(value: unknown): string | null {
  if (typeof value !== "object" || value === null || !("kind" in value)) return null;
  return typeof value.kind === "string" ? value.kind : null;
}
