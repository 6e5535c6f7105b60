/** Signals about the machine itself. */
import type { CatalogueEntry } from "../catalogue-entry.ts";
import { everywhere, inventoryClocks } from "./tier.ts";

const nothingToDo: CatalogueEntry["fix"] = {
  linux: { text: "Nothing to do: the maker writes this into the machine." },
  darwin: { text: "Nothing to do: the maker writes this into the machine." },
  windows: { text: "Nothing to do: the maker writes this into the machine." },
};

/** Hardware identity. */
export const hardwareSignals: readonly CatalogueEntry[] = [
  {
    signal: "hardware.vendor",
    madeBy: "hardware",
    type: "string",
    ...inventoryClocks,
    evented: [],
    privacy: "plain",
    title: "Maker of the machine",
    why: "As the firmware names it. What makers leave unfilled (`Default string`) is unknown.",
    fix: nothingToDo,
    who: "it",
    os: everywhere,
  },
  {
    signal: "hardware.model",
    madeBy: "hardware",
    type: "string",
    ...inventoryClocks,
    evented: [],
    privacy: "plain",
    title: "Model of the machine",
    why: "As the firmware names it. What makers leave unfilled (`To Be Filled By O.E.M.`) is unknown.",
    fix: nothingToDo,
    who: "it",
    os: everywhere,
  },
  {
    signal: "hardware.serials",
    madeBy: "hardware",
    type: "set",
    ...inventoryClocks,
    evented: [],
    privacy: "plain",
    title: "Serial numbers of the machine",
    why:
      "Of system, board and chassis, for `contains` against an asset list. Placeholders are left out. " +
      "Linux shows them to root alone. Anybody who is administrator can forge them.",
    fix: nothingToDo,
    who: "it",
    os: everywhere,
  },
];
