/** Health of products whose status command prints JSON. */
import { asList, asObject, member } from "../json-shape.ts";
import type { JsonObject } from "../json-shape.ts";
import { healthOf, unknownHealth } from "./health.ts";
import type { Health } from "./health.ts";

const oldestDefinitionsMinutes = 72 * 60;

/** Microsoft Defender: `mdatp health --output json`. `healthy` alone is true with protection off. */
export function readDefender(text: string): Health {
  const health = parseObject(text);
  if (health === null) return unknownHealth;
  const minutes = plain(health["definitionsUpdatedMinutesAgo"]);
  const known = typeof minutes === "number" && minutes >= 0;
  const passive = flag(health["passiveModeEnabled"]);
  const status = plain(member(health["definitionsStatus"], "$type"));
  const issues = health["healthIssues"];
  return healthOf(
    {
      "the product calls itself unhealthy": flag(health["healthy"]),
      "the product is not licensed": flag(health["licensed"]),
      "real-time protection is off": flag(health["realTimeProtectionEnabled"]),
      "passive mode is on": passive === null ? null : !passive,
      "definitions are not up to date": typeof status === "string" ? status === "upToDate" : null,
      "definitions are old": known ? minutes <= oldestDefinitionsMinutes : null,
      "there are health issues": Array.isArray(issues) ? issues.length === 0 : null,
    },
    known ? Math.floor(minutes / 60) : null,
  );
}

/** Elastic's state of a healthy agent or component. */
const elasticHealthy = 2;
/** Its states of a console that it reaches badly or not at all. */
const elasticTroubles: readonly unknown[] = [3, 4];

/**
 * Elastic Agent: `elastic-agent status --output json`; the endpoint component must be healthy. An agent may
 * call itself healthy without its console.
 */
export function readElastic(text: string): Health {
  const status = parseObject(text);
  if (status === null || typeof status["state"] !== "number") return unknownHealth;
  const components = asList(status["components"] ?? []);
  const endpoints = components.filter((component) =>
    String(member(component, "id")).startsWith("endpoint"),
  );
  return healthOf({
    "the agent is not healthy": status["state"] === elasticHealthy,
    "there is no connection to the console": !elasticTroubles.includes(status["FleetState"]),
    "the endpoint component is not healthy":
      endpoints.length > 0 &&
      endpoints.every((component) => member(component, "state") === elasticHealthy),
  });
}

/** ESET's `ermm.exe get protection-status`: one sentence that it never translates. */
export function readEset(text: string): Health {
  const told = member(parseObject(text)?.["result"], "description");
  return healthOf({
    "the product raises an alert":
      told === "You are protected" ? true : told === "Security alert" ? false : null,
  });
}

/** Managed settings come wrapped as `{ value }`; newer builds drop the wrapper. */
function plain(value: unknown): unknown {
  return member(value, "value") ?? value;
}

function flag(value: unknown): boolean | null {
  const inner = plain(value);
  return typeof inner === "boolean" ? inner : null;
}

function parseObject(text: string): JsonObject | null {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null;
  }
}
