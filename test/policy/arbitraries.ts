/** Random documents and inputs, small enough that everything meets everything. */
import fc from "fast-check";
import type { Condition } from "#shared/policy/condition.ts";
import type {
  LevelDefinition,
  PolicyDefinition,
  PolicyDocument,
  ResourceDefinition,
} from "#shared/policy/document.ts";
import type { FactView, Input } from "#shared/policy/input.ts";
import type { Reading } from "#shared/posture/fact.ts";
import { unknownReasons } from "#shared/posture/fact.ts";
import { weekdays } from "#shared/policy/time-window.ts";
import { sampleNowAt } from "./sample-input.ts";

const at = { file: "random.yaml", line: 1, column: 1 };
const groups = ["engineering", "ops", "contractors"];
const tags = ["dev", "prod"];
const some = <T>(items: readonly T[], minLength = 0) =>
  fc.subarray([...items], { minLength, maxLength: Math.min(items.length, 2) });

const numeric = fc.constantFrom("atLeast", "atMost", "above", "below", "is" as const);
const single = fc.oneof(
  fc.record({
    signal: fc.constantFrom("disk.encrypted", "firewall.enabled", "edr.running"),
    test: fc.record({ operator: fc.constant("is" as const), operand: fc.boolean() }),
  }),
  fc.record({
    signal: fc.constant("os.patch_age_days"),
    test: fc.record({ operator: numeric, operand: fc.integer({ min: 28, max: 32 }) }),
  }),
  fc.record({
    signal: fc.constant("os.patch_age_days"),
    test: fc.record({
      operator: fc.constant("in" as const),
      operands: fc.array(fc.integer({ min: 28, max: 32 }), { minLength: 1, maxLength: 3 }),
    }),
  }),
  fc.record({
    signal: fc.constant("os.channel"),
    test: fc.record({
      operator: fc.constant("in" as const),
      operands: some(["stable", "beta", "nightly"], 1),
    }),
  }),
  fc.record({
    signal: fc.constant("os.version"),
    test: fc.record({ operator: numeric, operand: fc.constantFrom("12", "12.5", "13.0.1") }),
  }),
  fc.record({
    signal: fc.constant("edr.features"),
    test: fc.record({
      operator: fc.constant("contains" as const),
      operand: fc.constantFrom("realtime", "cloud"),
    }),
  }),
);

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(single, fc.boolean())
      .map(([{ signal, test }, orNotApplicable]): Condition => {
        return { kind: "signal", signal, test, orNotApplicable, at };
      }),
  },
  fc.record({
    kind: fc.constant("risk" as const),
    score: fc.constantFrom("session" as const, "identity" as const),
    operator: fc.constantFrom("atLeast", "atMost", "above", "below" as const),
    operand: fc.integer({ min: 58, max: 62 }),
    at: fc.constant(at),
  }),
  fc.record({
    kind: fc.constant("elevation" as const),
    role: fc.constantFrom("dba", "root"),
    approvedBy: fc.integer({ min: 1, max: 2 }),
    maxSeconds: fc.constantFrom(undefined, 60, 600),
    at: fc.constant(at),
  }),
  fc.record({
    kind: fc.constant("time" as const),
    window: fc.record({
      days: fc.subarray([...weekdays], { minLength: 1 }),
      fromMinute: fc.constantFrom(0, 660, 720, 721),
      toMinute: fc.constantFrom(1, 719, 722, 1_440),
      zone: fc.constant("UTC"),
    }),
    at: fc.constant(at),
  }),
  fc.record({
    kind: fc.constant("country" as const),
    countries: some(["DE", "AT"], 1),
    at: fc.constant(at),
  }),
  fc.record({
    kind: fc.constant("network" as const),
    within: some(["10.1.0.0/16", "10.2.0.0/16"], 1),
    at: fc.constant(at),
  }),
  fc.record({
    kind: fc.constant("until" as const),
    untilAt: fc.constantFrom(0, 1, 7_776_000_000, 7_776_000_001).map((ms) => sampleNowAt + ms),
    at: fc.constant(at),
  }),
  fc.record({
    kind: fc.constant("groups" as const),
    groups: some(groups, 1),
    at: fc.constant(at),
  }),
);

function condition(levels: readonly string[]): fc.Arbitrary<Condition> {
  const tip: fc.Arbitrary<Condition> =
    levels.length === 0
      ? leaf
      : fc.oneof(
          { weight: 3, arbitrary: leaf },
          fc.constantFrom(...levels).map((level): Condition => ({ kind: "level", level, at })),
        );
  return fc.letrec<{ tree: Condition }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      tip,
      fc.record({
        kind: fc.constantFrom("all" as const, "any" as const),
        of: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }),
        at: fc.constant(at),
      }),
      tie("tree").map((of): Condition => ({ kind: "not", of, at })),
    ),
  })).tree;
}

const resource = (index: number): fc.Arbitrary<ResourceDefinition> =>
  fc.record({ tags: some(tags), leaseSeconds: fc.constantFrom(60, 120) }).map((more) => ({
    name: `res-${index}`,
    site: "site",
    targets: [{ cidr: `10.0.0.${index}/32`, proto: "any", ports: [], at }],
    sensitivity: "normal",
    protected: true,
    offlineToleranceSeconds: 900,
    at,
    ...more,
  }));

const policy = (index: number): fc.Arbitrary<PolicyDefinition> =>
  fc
    .record({
      effect: fc.oneof(
        { weight: 3, arbitrary: fc.constant("allow" as const) },
        fc.constant("deny" as const),
      ),
      mode: fc.oneof(
        { weight: 7, arbitrary: fc.constant("enforce" as const) },
        fc.constant("shadow" as const),
      ),
      subjects: fc.record({
        users: some(["usr_a"]),
        groups: some([...groups, "*"]),
        devices: some(["dev_a", "dev_b"]),
        tags: some(["managed"]),
        serviceAccounts: fc.option(some(["backup", "builder"]), { nil: undefined }),
        types: some(["user", "device"] as const),
      }),
      resources: fc.record({ names: some(["res-0", "res-1"]), tags: some([...tags, "*"]) }),
      when: fc.option(condition(["level-0", "level-1"]), { nil: undefined, freq: 6 }),
      require: fc.record({
        stepUp: fc.option(
          fc.record({
            strength: fc.constantFrom("single", "mfa", "phishing_resistant" as const),
            maxAgeSeconds: fc.constantFrom(300, 900),
          }),
          { nil: undefined, freq: 2 },
        ),
        recordSession: fc.boolean(),
      }),
      leaseSeconds: fc.constantFrom(undefined, 30, 90),
    })
    .map((more) => ({ id: `pol-${index}`, at, ...more }));

/** Sets of two to four resources, two levels (one inside the other) and up to eight policies. */
export const documentArbitrary: fc.Arbitrary<PolicyDocument> = fc
  .record({
    resources: fc.tuple(resource(0), resource(1), resource(2), resource(3)),
    levels: fc
      .tuple(condition([]), condition(["level-0"]))
      .map((trees) =>
        trees.map((when, index): LevelDefinition => ({ name: `level-${index}`, when, at })),
      ),
    policies: fc
      .integer({ min: 0, max: 8 })
      .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => policy(index)))),
  })
  .map((parts) => ({ file: "random.yaml", ...parts }));

function factOf(values: fc.Arbitrary<Reading>): fc.Arbitrary<FactView | undefined> {
  const oddReading: fc.Arbitrary<Reading> = fc.oneof(
    fc.constantFrom(...unknownReasons).map((reason): Reading => ({ kind: "unknown", reason })),
    fc.constant<Reading>({ kind: "notApplicable", proof: "none" }),
    fc.constantFrom<Reading[]>(
      { kind: "known", value: "odd" },
      { kind: "known", value: -5 },
      { kind: "known", value: ["odd"] },
      { kind: "known", value: 0.5 },
    ),
  );
  const ends = fc.constantFrom(-1, 0, 1, 5_000, 90_000).map((ms) => sampleNowAt + ms);
  const view = fc.record({
    reading: fc.oneof({ weight: 4, arbitrary: values }, oddReading),
    untilAt: fc.oneof({ weight: 3, arbitrary: fc.constant(sampleNowAt + 180_000) }, ends),
  });
  return fc.option(view, { nil: undefined, freq: 6 });
}

const known = (value: boolean | number | string | string[]): Reading => ({ kind: "known", value });

const facts = fc
  .record({
    "disk.encrypted": factOf(fc.boolean().map(known)),
    "firewall.enabled": factOf(fc.boolean().map(known)),
    "edr.running": factOf(fc.boolean().map(known)),
    "os.patch_age_days": factOf(fc.integer({ min: 27, max: 33 }).map(known)),
    "os.channel": factOf(fc.constantFrom("stable", "beta").map(known)),
    "os.version": factOf(fc.constantFrom("12", "12.5.0", "12.11", "13.0.1-2").map(known)),
    "edr.features": factOf(some(["realtime", "cloud"]).map(known)),
  })
  .map((record) => {
    const present = Object.entries(record).filter(
      (member): member is [string, FactView] => member[1] !== undefined,
    );
    return new Map(present);
  });

const user: fc.Arbitrary<NonNullable<Input["user"]>> = fc.record({
  id: fc.constantFrom("usr_a", "usr_b"),
  groups: some(groups),
  acr: fc.constantFrom("", "mfa", "phr"),
  amr: some(["pwd", "otp", "hwk"]),
  authAt: fc.constantFrom(0, 299_000, 300_000, 899_000).map((ms) => sampleNowAt - ms),
});

/** Inputs in which several facts may be missing, stale, unknown or ill-typed at once. */
export const inputArbitrary: fc.Arbitrary<Input> = fc.record({
  nowAt: fc.constant(sampleNowAt),
  device: fc.record({
    id: fc.constantFrom("dev_a", "dev_c"),
    groups: some(groups),
    tags: some(["managed"]),
    quarantined: fc.integer({ min: 0, max: 30 }).map((draw) => draw === 0),
    serviceAccount: fc.constantFrom(undefined, "backup", "builder"),
  }),
  user: fc.option(user, { nil: undefined, freq: 4 }),
  facts,
  risk: fc.record({
    session: fc.constantFrom(0, 59, 60, 61, Number.NaN, Infinity, -Infinity),
    identity: fc.constantFrom(0, 59, 60, 61),
  }),
  net: fc.record({
    country: fc.constantFrom(undefined, "DE", "US"),
    cidr: fc.constantFrom(undefined, "10.1.0.0/16", "10.3.0.0/16"),
  }),
  elevations: fc.array(
    fc.record({
      role: fc.constantFrom("dba", "root"),
      untilAt: fc.constantFrom(0, 1, 4_000, 60_000).map((ms) => sampleNowAt + ms),
      sinceAt: fc.constantFrom(undefined, sampleNowAt - 59_000, sampleNowAt - 60_000),
      approvals: fc.constantFrom(undefined, 1, 2),
    }),
    { maxLength: 3 },
  ),
});
