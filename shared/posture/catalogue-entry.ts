/** Operating systems that the agent runs on. */
export type OperatingSystem = "linux" | "darwin" | "windows";

/** How often a signal is looked at even when no event came: hot 60 s, warm 15 min, cold 6 h by default. */
export type Tier = "hot" | "warm" | "cold";

/** A fix for people: what to click or type, numbered where there are several steps, and the line to copy. */
export interface FixText {
  readonly text: string;
  readonly command?: string;
}

/**
 * A fix for machines whose facts are as `when` says; of a set one member is enough. A version stands for all that
 * begin with it: `10.0.19045` for `10.0.19045.6456`.
 */
export interface FixWay extends FixText {
  readonly when: Readonly<Record<string, readonly string[]>>;
}

/** A fix that depends on the machine; where no way fits, its own text stands, which names no distribution's tool. */
export interface FixByMachine extends FixText {
  readonly ways?: readonly FixWay[];
}

/** Collectors of the agent; each reads the signals that come from one source together. */
export type CollectorName =
  | "firewall"
  | "published"
  | "presence"
  | "protection"
  | "release"
  | "patches"
  | "disk"
  | "integrity"
  | "users"
  | "screen"
  | "ports"
  | "management"
  | "certificates"
  | "software"
  | "hardware"
  | "checks"
  | "self";

/** One row of the signal catalogue, the single table that policy, command line and docs read. */
export interface CatalogueEntry {
  readonly signal: string;
  /** The agent's collector, what netd tells, or what the controller judges by its imported bundle. */
  readonly madeBy: CollectorName | "netd" | "controller";
  readonly type: "bool" | "int" | "enum" | "version" | "string" | "set";
  readonly unit?: string;
  /** Closed set of values of an `enum`, or inclusive bounds of an `int`. */
  readonly domain?: readonly string[] | { readonly min: number; readonly max: number };
  readonly freshForMs: number;
  readonly floorPollMs: number;
  readonly tier: Tier;
  readonly evented: readonly OperatingSystem[];
  readonly privacy: "plain" | "hashed" | "local";
  readonly title: string;
  /** Both values of a `bool` as parts of a sentence. */
  readonly said?: { readonly true: string; readonly false: string };
  readonly why: string;
  readonly fix: Readonly<Record<OperatingSystem, FixByMachine>>;
  readonly who: "user" | "it";
  readonly os: readonly OperatingSystem[];
}
