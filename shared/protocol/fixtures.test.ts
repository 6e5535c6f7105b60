import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { agentMessage } from "./agent-message.ts";
import { capability } from "./capability.ts";
import { controllerMessage } from "./controller-message.ts";
import { gatewayDesired, tunnelDesired } from "./desired.ts";
import {
  enrolAnswer,
  enrolChallenge,
  enrolPending,
  enrolRequest,
  identityRequest,
  renewAnswer,
  renewRequest,
} from "./enrolment.ts";

/** A good message, and values that a hostile peer would put into it, each refused by itself. */
interface Fixture {
  readonly message: Readonly<Record<string, unknown>>;
  readonly hostile: readonly {
    readonly because: string;
    readonly at: string;
    readonly value: unknown;
  }[];
}

/** Schemas by folder and file; kinds come from the schema, so that a new one asks for its fixture. */
const schemas: Readonly<Record<string, Readonly<Record<string, z.ZodType>>>> = {
  agent: byKind(agentMessage),
  controller: byKind(controllerMessage),
  enrolment: {
    "enrol-request": enrolRequest,
    "identity-request": identityRequest,
    "enrol-challenge": enrolChallenge,
    "enrol-answer": enrolAnswer,
    "enrol-pending": enrolPending,
    "renew-request": renewRequest,
    "renew-answer": renewAnswer,
  },
  desired: { tunnel: tunnelDesired, gateway: gatewayDesired },
};

function byKind(union: typeof agentMessage | typeof controllerMessage): Record<string, z.ZodType> {
  return Object.fromEntries(union.options.map(({ shape }) => [shape.kind.value, union]));
}

const top = join(import.meta.dirname, "../../test/fixtures/protocol");
const versions = Array.from({ length: capability }, (_, index) => index + 1);
const read = (file: string) => JSON.parse(readFileSync(file, "utf8")) as Fixture;

/** Returns the message with one value replaced; `at` is a path with dots. */
function altered(message: Fixture["message"], at: string, value: unknown): unknown {
  const copy = structuredClone(message) as Record<string, unknown>;
  const steps = at.split(".");
  const last = steps.pop() ?? "";
  let inner = copy;
  for (const step of steps) inner = inner[step] as Record<string, unknown>;
  inner[last] = value;
  return copy;
}

describe.each(Object.entries(schemas))("%s", (group, kinds) => {
  const fixtures = versions.flatMap((version) => {
    const folder = join(top, `capability-${version}`, group);
    return readdirSync(folder).map((name) => {
      const kind = name.replace(".json", "");
      return { version, kind, schema: kinds[kind] ?? z.never(), ...read(join(folder, name)) };
    });
  });

  test("has a fixture of each kind and of nothing else", () => {
    const held = new Set(fixtures.map(({ kind }) => kind));
    expect([...held].toSorted()).toEqual(Object.keys(kinds).toSorted());
  });

  test.each(fixtures)("$kind of capability $version is read whole", ({ schema, message }) => {
    expect(schema.parse(message)).toEqual(message);
  });

  test.each(fixtures)("$kind has a hostile variant", ({ hostile }) => {
    expect(hostile.length).toBeGreaterThan(0);
  });

  const variants = fixtures.flatMap(({ hostile, ...fixture }) =>
    hostile.map((variant) => ({ ...fixture, ...variant })),
  );
  test.each(variants)("$kind is refused at $at: $because", ({ schema, message, at, value }) => {
    const result = schema.safeParse(altered(message, at, value));
    const refusedAt = result.error?.issues.map((issue) =>
      [...issue.path, ...(issue.code === "unrecognized_keys" ? issue.keys : [])].join("."),
    );
    expect(refusedAt).toEqual([at]);
  });
});
