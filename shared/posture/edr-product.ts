/** What an endpoint protection product is: what runs, and how its health is asked. */
import type { OperatingSystem } from "./catalogue-entry.ts";

/**
 * Windows: a vendor's program in the folder of a service that runs. It is run when one of the publishers
 * signed it, and when nobody but administrators may write to that folder.
 */
export interface BesideProbe {
  readonly kind: "beside";
  readonly parser: StatusParser;
  readonly service: string;
  readonly program: string;
  readonly publishers: readonly string[];
  readonly runs: readonly (readonly string[])[];
}

/** How a product's health is read; the collector has one parser per kind. */
export type HealthProbe =
  /** ClamAV's own socket. */
  | { readonly kind: "clamd"; readonly sockets: readonly string[]; readonly database: string }
  /** A vendor's program, run once per argument list; the parser reads all outputs together. */
  | {
      readonly kind: "command";
      readonly parser: StatusParser;
      readonly candidates: readonly string[];
      readonly runs: readonly (readonly string[])[];
    }
  | BesideProbe
  /** Wazuh's state file. */
  | { readonly kind: "wazuh"; readonly file: string };

/** Formats of status output that the agent can read. */
export type StatusParser =
  | "bitdefender"
  | "carbon-black"
  | "cortex"
  | "defender"
  | "elastic"
  | "eset"
  | "falcon"
  | "falcon-mac"
  | "sentinel-linux"
  | "sentinel-mac"
  | "sentinel-windows"
  | "trellix"
  | "trend";

/** One product on one operating system. */
export interface EdrProduct {
  readonly id: string;
  readonly name: string;
  /** `visibility` tools watch and protect nothing: no signal counts them. */
  readonly class: "edr" | "av" | "visibility";
  readonly os: OperatingSystem;
  /** Service names whose start and stop are worth a look. */
  readonly services: readonly string[];
  /**
   * Programs that must run: one of each inner list, by the path of the running file. A trailing `*`
   * matches versioned names in that folder.
   */
  readonly programs: readonly (readonly string[])[];
  /** macOS: system extensions (`TEAM bundle.id`), any of which proves that the product is active. */
  readonly extensions?: readonly string[];
  readonly health: HealthProbe | null;
  /** Names of members of its status whose values are never kept: customer and site keys. */
  readonly redactions?: readonly string[];
}

/** Whether a running program's path is one of a product's alternatives. */
export function isProgram(alternatives: readonly string[], path: string): boolean {
  return alternatives.some((pattern) => {
    if (!pattern.endsWith("*")) return pattern === path;
    const start = pattern.slice(0, -1);
    return path.startsWith(start) && !path.slice(start.length).includes("/");
  });
}
