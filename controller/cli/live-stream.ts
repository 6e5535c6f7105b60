/** The stream of what changes, for commands that follow it or wait for what comes of a step. */
import { CodedError } from "#shared/base/coded-error.ts";
import { ApiProblem } from "./api-problem.ts";
import { apiHeaders, apiUrl, reach } from "./api-client.ts";
import type { ApiAccess } from "./environment.ts";

const textMax = 1024 * 1024;

/** One thing that changed; `data` is as the controller wrote it. */
export interface LiveEvent {
  readonly event: string;
  readonly data: unknown;
}

/** An open stream. */
export interface LiveStream {
  /** Ends when the stream is closed from either side. */
  events(): AsyncGenerator<LiveEvent>;
  close(): void;
}

/** Opens the stream; what happens from then on is in it. */
export async function openLive(access: ApiAccess): Promise<LiveStream> {
  const ending = new AbortController();
  const response = await reach(access, apiUrl(access.url, "/live"), {
    headers: apiHeaders(access),
    redirect: "error",
    signal: ending.signal,
  });
  if (!response.ok || response.body === null) {
    throw new ApiProblem(await response.json().catch(() => null), response.status);
  }
  const { body } = response;
  return { events: () => eventsOf(body, ending.signal), close: () => ending.abort() };
}

async function* eventsOf(
  body: ReadableStream<Uint8Array>,
  ended: AbortSignal,
): AsyncGenerator<LiveEvent> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      if (text.length > textMax) throw new CodedError("SP-710", { why: "the stream never ends" });
      for (const block of blocks) yield eventOf(block);
    }
  } catch (error) {
    if (ended.aborted) return;
    if (error instanceof CodedError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new CodedError("SP-708", { url: "the stream", why }, { cause: error });
  }
}

function eventOf(block: string): LiveEvent {
  const lines = new Map(
    block.split("\n").map((line) => {
      const cut = line.indexOf(": ");
      return [line.slice(0, cut), line.slice(cut + 2)] as const;
    }),
  );
  const data: unknown = JSON.parse(lines.get("data") ?? "null");
  return { event: lines.get("event") ?? "message", data };
}
