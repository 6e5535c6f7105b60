import type { ApiContext } from "./context.ts";

/** Names of devices and resources by their ids; null where nobody remembers one. */
export interface Names {
  device(id: string): string | null;
  resource(id: string): string | null;
}

/** What is to be named; resources that are gone by now have the names that they had. */
export interface Named {
  readonly device: string;
  readonly resource?: string;
}

/** Looks up the names of these devices and resources, and of all resources that are there. */
export async function namesOf(
  { store }: Pick<ApiContext, "store">,
  named: readonly Named[],
): Promise<Names> {
  const resources = await store.read("resource.list", undefined);
  const held = new Map(resources.map((resource) => [resource.id, resource.name]));
  const gone = named.flatMap(({ resource }) =>
    resource === undefined || held.has(resource) ? [] : [resource],
  );
  const former =
    gone.length === 0
      ? new Map<string, string>()
      : await store.read("resource.former_names", [...new Set(gone)]);
  const devices = [...new Set(named.map(({ device }) => device))];
  const deviceNames = await store.read("device.names", devices);
  return {
    device: (id) => deviceNames.get(id) ?? null,
    resource: (id) => held.get(id) ?? former.get(id) ?? null,
  };
}
