/** Signals about files and processes that an organisation asks for by itself. */
import type { CatalogueEntry } from "../catalogue-entry.ts";
import { doesNotApply, tierClocks } from "./tier.ts";

const common = {
  type: "set",
  ...tierClocks.warm,
  evented: [],
  privacy: "plain",
  fix: {
    ...doesNotApply,
    linux: {
      text: "Ask IT what the check with this name wants: /etc/sallyport/checks.json on this machine says it.",
      command: "cat /etc/sallyport/checks.json",
    },
  },
  who: "it",
  os: ["linux"],
} satisfies Partial<CatalogueEntry>;

/** The organisation's own checks. */
export const checkSignals: readonly CatalogueEntry[] = [
  {
    ...common,
    signal: "checks.passed",
    madeBy: "checks",
    title: "The organisation's own checks that hold",
    why:
      "Names of checks of /etc/sallyport/checks.json: a file is there or a program runs from an exact path, " +
      "with a given SHA-256 where one is named. A check that cannot be carried out is in neither set.",
  },
  {
    ...common,
    signal: "checks.failed",
    madeBy: "checks",
    title: "The organisation's own checks that do not hold",
    why:
      "Names of checks of /etc/sallyport/checks.json whose file or running program is missing, is a link, " +
      "was replaced, or has another SHA-256.",
  },
];
