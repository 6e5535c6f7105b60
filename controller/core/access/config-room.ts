/** How large a signed configuration may become. */
import { configCharactersMax } from "#shared/protocol/capability.ts";
import type { GatewayDesired } from "#shared/protocol/desired.ts";
import type { ResourceRecord } from "../record.ts";

/** Base64 makes four characters of three bytes. */
const configBytes = (configCharactersMax / 4) * 3;

/** What a gateway's configuration holds beside resources: 1,024 revoked keys, addresses, the signature. */
const restBytes = 52 * 1024;

/** Bytes that all resources of a site may take together. */
export const siteBytesMax = configBytes - restBytes;

/** Returns a resource as gateways are told of it. */
export function gatewayResource({ id, name, targets, resolvesTo }: ResourceRecord) {
  const base: GatewayDesired["resources"][number] = { id, name, targets: [...targets] };
  return resolvesTo === undefined ? base : { ...base, resolvesTo: [...resolvesTo] };
}

/** Returns what a resource takes of it; its names are ASCII. */
export function resourceBytes(resource: ResourceRecord): number {
  return JSON.stringify(gatewayResource(resource)).length + 1;
}
