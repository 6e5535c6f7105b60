import type { ApiContext } from "./context.ts";

/** Names of devices and resources by their ids; null where there is no such any more. */
export interface Names {
  device(id: string): string | null;
  resource(id: string): string | null;
}

/** Looks up the names of these devices, and of all resources. */
export async function namesOf(
  { store }: Pick<ApiContext, "store">,
  devices: Iterable<string>,
): Promise<Names> {
  const resources = await store.read("resource.list", undefined);
  const resourceNames = new Map(resources.map((resource) => [resource.id, resource.name]));
  const deviceNames = await store.read("device.names", [...new Set(devices)]);
  return {
    device: (id) => deviceNames.get(id) ?? null,
    resource: (id) => resourceNames.get(id) ?? null,
  };
}
