/**
 * The synthetic workload of the policy benchmark: groups of ten policies (nine allows of four to
 * six conditions, one deny), resources with two of sixty tags, subjects in five groups.
 */
import type { CatalogueEntry } from "#shared/posture/catalogue-entry.ts";
import type { Condition } from "#shared/policy/condition.ts";
import type {
  PolicyDefinition,
  PolicyDocument,
  ResourceDefinition,
} from "#shared/policy/document.ts";
import type { FactView, Input } from "#shared/policy/input.ts";

/** How much of everything a workload has. */
export interface WorkloadSize {
  readonly policies: number;
  readonly resources: number;
  readonly signals: number;
  readonly requests: number;
}

/** Documents, what they compile to, and the requests asked of them. */
export interface Workload {
  readonly catalogue: readonly CatalogueEntry[];
  readonly document: PolicyDocument;
  readonly inputs: readonly Input[];
  readonly nowAt: number;
  /** The resource that each input asks for. */
  readonly asked: readonly string[];
}

const at = { file: "bench.yaml", line: 1, column: 1 };
const groupSize = 10;
const tagCount = 60;
/** 2026-11-20T12:00:00Z, a Friday. */
const nowAt = 1_795_176_000_000;

/** mulberry32: the same workload on every machine. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Makes the workload of a seed; the same seed gives the same. */
export function makeWorkload(size: WorkloadSize, seed = 1): Workload {
  const random = seeded(seed);
  const below = (count: number) => Math.floor(random() * count);
  const catalogue = makeCatalogue(size.signals);
  const groups = Math.max(1, Math.ceil(size.policies / groupSize));
  const document: PolicyDocument = {
    file: "bench.yaml",
    resources: Array.from({ length: size.resources }, (_, index) => makeResource(index, below)),
    levels: [],
    policies: Array.from({ length: size.policies }, (_, index) =>
      makePolicy(index, { catalogue, below }),
    ),
  };
  const inputs = Array.from({ length: size.requests }, (_, index) =>
    makeInput(index, { catalogue, groups, below }),
  );
  const asked = inputs.map(() => `res-${below(size.resources)}`);
  return { catalogue, document, inputs, asked, nowAt };
}

function makeCatalogue(count: number): readonly CatalogueEntry[] {
  const types = ["bool", "int", "bool", "int", "enum"] as const;
  const fix = { text: "Repair it" };
  return Array.from({ length: count }, (_, index): CatalogueEntry => {
    const type = types[index % types.length] ?? "bool";
    const domain =
      type === "int"
        ? { domain: { min: 0, max: 100 } }
        : type === "enum"
          ? { domain: ["one", "two", "three"] }
          : {};
    return {
      signal: `bench.signal_${index}`,
      madeBy: "self",
      type,
      ...domain,
      freshForMs: 180_000,
      floorPollMs: 60_000,
      tier: "hot",
      evented: [],
      privacy: "plain",
      title: `Signal ${index}`,
      why: "benchmark",
      fix: { linux: fix, darwin: fix, windows: fix },
      who: "user",
      os: ["linux"],
    };
  });
}

function makeResource(index: number, below: (count: number) => number): ResourceDefinition {
  const first = below(tagCount);
  const second = (first + 1 + below(tagCount - 1)) % tagCount;
  return {
    name: `res-${index}`,
    site: "site",
    targets: [{ cidr: `10.${index >>> 8}.${index & 255}.0/24`, proto: "tcp", ports: ["443"], at }],
    tags: [`tag-${first}`, `tag-${second}`],
    sensitivity: "normal",
    protected: true,
    leaseSeconds: 120,
    offlineToleranceSeconds: 900,
    at,
  };
}

interface Tools {
  readonly catalogue: readonly CatalogueEntry[];
  readonly below: (count: number) => number;
}

function makePolicy(index: number, tools: Tools): PolicyDefinition {
  const { below } = tools;
  const denies = index % groupSize === groupSize - 1;
  const leaves = denies ? 2 : 3 + below(3);
  const parts: Condition[] = Array.from({ length: leaves }, () => signalLeaf(tools, denies));
  if (!denies) parts.push(below(2) === 0 ? riskLeaf(60 + below(40)) : windowLeaf());
  return {
    id: `pol-${index}`,
    effect: denies ? "deny" : "allow",
    mode: "enforce",
    subjects: {
      users: [],
      groups: [`group-${Math.floor(index / groupSize)}`],
      devices: [],
      tags: [],
      types: [],
    },
    resources: {
      names: [],
      tags: [`tag-${below(tagCount)}`],
    },
    when: { kind: "all", of: parts, at },
    require: { recordSession: false },
    at,
  };
}

/** Allows mostly hold and denies mostly do not, as in life: about a third of all requests is let in. */
function signalLeaf({ catalogue, below }: Tools, denies: boolean): Condition {
  const entry = catalogue[below(catalogue.length)] ?? catalogue[0];
  if (entry === undefined) throw new Error("the benchmark needs signals");
  const leaf = { kind: "signal" as const, signal: entry.signal, orNotApplicable: false, at };
  if (entry.type === "int") {
    const operand = denies ? 80 + below(20) : 60 + below(40);
    return { ...leaf, test: { operator: denies ? "above" : "atMost", operand } };
  }
  if (entry.type === "enum") {
    return { ...leaf, test: { operator: "in", operands: denies ? ["three"] : ["one", "two"] } };
  }
  return { ...leaf, test: { operator: "is", operand: !denies } };
}

function riskLeaf(operand: number): Condition {
  return { kind: "risk", score: "session", operator: "below", operand, at };
}

function windowLeaf(): Condition {
  return {
    kind: "time",
    window: {
      days: ["mon", "tue", "wed", "thu", "fri"],
      fromMinute: 420,
      toMinute: 1_200,
      zone: "Europe/Berlin",
    },
    at,
  };
}

function makeInput(index: number, tools: Tools & { groups: number }): Input {
  const { catalogue, groups, below } = tools;
  const facts = new Map<string, FactView>();
  for (const entry of catalogue) {
    const value =
      entry.type === "int" ? below(101) : entry.type === "enum" ? pick(below) : below(10) > 0;
    facts.set(entry.signal, {
      reading: { kind: "known", value },
      untilAt: nowAt + 60_000 + below(120_000),
    });
  }
  return {
    nowAt,
    device: { id: `dev_${index}`, groups: [], tags: [], quarantined: false },
    user: {
      id: `usr_${index}`,
      groups: Array.from({ length: 5 }, () => `group-${below(groups)}`),
      acr: "mfa",
      amr: ["otp"],
      authAt: nowAt - 600_000,
    },
    facts,
    risk: { session: below(70), identity: below(70) },
    net: { country: "DE" },
    elevations: [],
  };
}

function pick(below: (count: number) => number): string {
  return ["one", "one", "one", "two", "two", "three"][below(6)] ?? "one";
}
