/** Default clocks of the three tiers; an entry may say otherwise, never fresh for less than 3 polls. */
import type { CatalogueEntry, Tier } from "../catalogue-entry.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

type Clock = Pick<CatalogueEntry, "tier" | "floorPollMs" | "freshForMs">;

/** How long facts of a tier stay fresh and how often they are looked at without any event, in ms. */
export const tierClocks: Readonly<Record<Tier, Clock>> = {
  hot: { tier: "hot", floorPollMs: minuteMs, freshForMs: 3 * minuteMs },
  warm: { tier: "warm", floorPollMs: 15 * minuteMs, freshForMs: 45 * minuteMs },
  cold: { tier: "cold", floorPollMs: 6 * hourMs, freshForMs: 24 * hourMs },
};
