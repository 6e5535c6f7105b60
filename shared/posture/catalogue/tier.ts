/** What entries of the catalogue share: the clocks of the tiers and the text where nothing is to be done. */
import type { CatalogueEntry, OperatingSystem, Tier } from "../catalogue-entry.ts";
import { hourMs, minuteMs } from "../../base/time-span.ts";

/** The systems of a signal that every system has. */
export const everywhere: readonly OperatingSystem[] = ["linux", "darwin", "windows"];

type Clock = Pick<CatalogueEntry, "tier" | "floorPollMs" | "freshForMs">;

/** How long facts of a tier stay fresh and how often they are looked at without any event, in ms. */
export const tierClocks: Readonly<Record<Tier, Clock>> = {
  hot: { tier: "hot", floorPollMs: minuteMs, freshForMs: 3 * minuteMs },
  warm: { tier: "warm", floorPollMs: 15 * minuteMs, freshForMs: 45 * minuteMs },
  cold: { tier: "cold", floorPollMs: 6 * hourMs, freshForMs: 24 * hourMs },
};

/** Clocks of what the maker wrote into the machine: looked at once a day. */
export const inventoryClocks: Clock = {
  tier: "cold",
  floorPollMs: 24 * hourMs,
  freshForMs: 3 * 24 * hourMs,
};

/** Fix texts of systems that do not have the signal. */
export const doesNotApply: Pick<CatalogueEntry["fix"], "linux" | "darwin" | "windows"> = {
  linux: { text: "Does not apply to Linux." },
  darwin: { text: "Does not apply to macOS." },
  windows: { text: "Does not apply to Windows." },
};
