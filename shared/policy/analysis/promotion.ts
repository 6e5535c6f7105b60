/** When something in shadow may be enforced: watched long enough, asked often enough, and no deny left unexplained. */
import { dayMs } from "../../base/time-span.ts";

/** What the watch over a shadow found. */
export interface WatchRecord {
  readonly kind: "set" | "policy";
  readonly startedAt: number;
  /** Pairs of device and resource that were compared, of those which either side opens. */
  readonly decisions: number;
  /** Causes of new denies that nobody has accepted yet. */
  readonly unexplainedDenies: number;
}

/** One condition of a promotion; `text` says it with its figures. */
export interface PromotionCheck {
  readonly name: "days" | "decisions" | "denies";
  readonly met: boolean;
  readonly text: string;
}

/** Days of watching, and decisions of a whole set or of one policy, that are enough. */
const enough = { days: 14, setDecisions: 1_000, policyDecisions: 50 } as const;

/** Returns the checks; all must be met, or a reason be given. */
export function promotionChecks(record: WatchRecord, nowAt: number): readonly PromotionCheck[] {
  const days = Math.floor((nowAt - record.startedAt) / dayMs);
  const least = enough[record.kind === "set" ? "setDecisions" : "policyDecisions"];
  const { decisions, unexplainedDenies } = record;
  return [
    {
      name: "days",
      met: days >= enough.days,
      text: `watched for ${days} of ${enough.days} days`,
    },
    {
      name: "decisions",
      met: decisions >= least,
      text: `${decisions} of ${least} decisions compared`,
    },
    {
      name: "denies",
      met: unexplainedDenies === 0,
      text: `${unexplainedDenies} causes of new denies are not accepted`,
    },
  ];
}
