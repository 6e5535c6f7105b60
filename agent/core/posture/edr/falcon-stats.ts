/** CrowdStrike on macOS: `falconctl stats -p`, a property list. */
import { parsePlist } from "../darwin/plist.ts";
import { asObject, member } from "../json-shape.ts";
import { healthOf, unknownHealth } from "./health.ts";
import type { Health } from "./health.ts";

/** Reads the members at the top or, as some versions print them, below `agent_info`. */
export function readFalconMac(text: string): Health {
  const stats = asObject(parsePlist(text));
  if (stats === null) return unknownHealth;
  const of = (name: string) => member(stats, name) ?? member(stats["agent_info"], name);
  const [aid, reduced, loaded] = [of("aid"), of("rfm"), of("sensor_loaded")];
  return healthOf({
    "the sensor is not registered": typeof aid === "string" ? aid !== "" : null,
    "the sensor is in reduced functionality mode": typeof reduced === "boolean" ? !reduced : null,
    "the sensor is not loaded": typeof loaded === "boolean" ? loaded : null,
  });
}
