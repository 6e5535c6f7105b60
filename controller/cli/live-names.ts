/** Names that the controller knows, for the completion of arguments; kinds are called as arguments are. */
import type { TypedApi } from "./api-client.ts";

const namesMax = 50;

/** Arguments whose names are asked of the controller. */
export const liveKinds = ["device", "gateway", "resource", "request", "site", "user"] as const;

/** An argument whose names are asked of the controller. */
export type LiveKind = (typeof liveKinds)[number];

/** What a shell takes as one word as it stands: a name that a device chose is never a command. */
const plainWord = /^[\w.@:+][\w.@:+-]*$/;

/** Returns the kind that an argument names, or null where nothing live completes it. */
export function liveKindOf(argument: string): LiveKind | null {
  if (argument === "identity") return "device";
  return liveKinds.find((kind) => argument === kind || argument === `${kind}s`) ?? null;
}

/** Returns the names of a kind that begin so, those alone that are one word in every shell. */
export async function liveNames(
  api: TypedApi,
  kind: LiveKind,
  begin: string,
): Promise<readonly string[]> {
  const names = await namesOf(api, kind, begin);
  const meant = names.filter((name) => name.startsWith(begin) && plainWord.test(name));
  return meant.slice(0, namesMax);
}

async function namesOf(api: TypedApi, kind: LiveKind, begin: string): Promise<readonly string[]> {
  const query = { search: begin === "" ? undefined : begin, limit: namesMax };
  switch (kind) {
    case "device":
      return (await api.ask("GET /devices", { query })).items.map(({ name }) => name);
    case "user":
      return (await api.ask("GET /users", { query })).items.map(({ name }) => name);
    case "gateway":
      return (await api.ask("GET /gateways")).items.map(({ name }) => name);
    case "resource":
      return (await api.ask("GET /resources")).items.map(({ name }) => name);
    case "site":
      return (await api.ask("GET /sites")).items.map(({ name }) => name);
    case "request":
      return (await api.ask("GET /requests")).items
        .filter(({ state }) => state === "pending" || state === "approved")
        .map(({ id }) => id);
  }
}
