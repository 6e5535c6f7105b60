/** The stream of what changes: it makes the lists that it concerns old, and tells when it fell silent. */
import type { QueryClient } from "@tanstack/react-query";
import { liveRecords } from "#shared/protocol/api/live.ts";

/** Beats come every 4 s: two that did not come are a stream that is lost, told within 10 s. */
const silenceMs = 8_500;
const againMs = 3_000;
/** Many changes at once are one look. */
const gatherMs = 400;

/** Whether what is shown is what is. */
export interface LiveState {
  readonly kind: "connecting" | "live" | "paused";
  /** When something was heard last. */
  readonly heardAt: number;
}

/** What the lists are called by that a change of records makes old. */
const listsOf: Readonly<Record<string, readonly string[]>> = {
  removal: ["overview"],
  device: ["devices", "device", "overview"],
  gateway: ["gateways", "overview"],
  decision: ["decisions", "device", "overview"],
  site: ["gateways"],
  siteRemoved: ["gateways"],
  resource: ["resources"],
  resourceRemoved: ["resources"],
  policy: ["policies", "resources", "overview", "device", "devices"],
  rollOut: ["policies", "overview"],
  shadow: ["policies"],
  user: ["users", "groups"],
  userSession: ["users", "device"],
  accessRequest: ["requests", "overview"],
};

/** Opens the stream; returns how to close it. */
export function openStream(queries: QueryClient, tell: (state: LiveState) => void): () => void {
  const old = new Set<string>();
  let heardAt = Date.now();
  let gathering = 0;
  let again = 0;
  const refresh = () => {
    gathering = 0;
    const names = [...old, "audit"];
    old.clear();
    for (const name of names) void queries.invalidateQueries({ queryKey: [name] });
  };
  const heard = (names: readonly string[]) => {
    heardAt = Date.now();
    tell({ kind: "live", heardAt });
    for (const name of names) old.add(name);
    if (old.size > 0 && gathering === 0) gathering = window.setTimeout(refresh, gatherMs);
  };
  const open = () => {
    const source = listen(heard, () => void queries.invalidateQueries());
    source.addEventListener("error", () => {
      // After an answer that is no stream the browser does not try again by itself.
      if (source.readyState !== EventSource.CLOSED) return;
      // It may be that nobody is signed in any more.
      void queries.invalidateQueries({ queryKey: ["session"], exact: true });
      again = window.setTimeout(() => (current = open()), againMs);
    });
    return source;
  };
  let current = open();
  const watch = window.setInterval(() => {
    if (Date.now() - heardAt <= silenceMs) return;
    tell({ kind: "paused", heardAt });
  }, 1_000);
  return () => {
    current.close();
    for (const timer of [watch, gathering, again]) window.clearTimeout(timer);
  };
}

function listen(heard: (names: readonly string[]) => void, missed: () => void): EventSource {
  const source = new EventSource("/api/v1/live");
  for (const kind of ["device", "gateway", "decision", "removal"]) {
    source.addEventListener(kind, () => heard(listsOf[kind] ?? []));
  }
  source.addEventListener("records", (event: MessageEvent<string>) => {
    const { what } = liveRecords.parse(JSON.parse(event.data));
    heard(listsOf[what] ?? []);
  });
  source.addEventListener("beat", () => heard([]));
  source.addEventListener("hello", () => heard([]));
  // Some of it was missed: whatever is shown may be old.
  source.addEventListener("reset", () => {
    heard([]);
    missed();
  });
  return source;
}
