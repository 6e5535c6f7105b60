import type { ApiContext } from "../context.ts";
import { type ChangeRules, changeRulesOf, hashOfWanted } from "../../store/change-rules.ts";
import { timeText } from "../views.ts";

/** Returns the rules about changes. */
export async function readChangeRules({ store }: Pick<ApiContext, "store">): Promise<ChangeRules> {
  return changeRulesOf(await store.read("setting.list", undefined));
}

/** Returns the rules as people see them. */
export function rulesView({ secondApprover, approvers, authors, wanted }: ChangeRules) {
  return {
    secondApprover,
    approvers: namesIn(approvers),
    authors: namesIn(authors),
    wanted:
      wanted === undefined
        ? null
        : {
            secondApprover: wanted.secondApprover,
            approvers: namesIn(wanted.approvers),
            authors: namesIn(wanted.authors),
            hash: hashOfWanted(wanted),
            by: wanted.by,
            at: timeText(wanted.at),
          },
  };
}

function namesIn(approvers: ChangeRules["approvers"]): readonly string[] | null {
  return approvers?.map(({ name, by }) => `${name} (${by})`) ?? null;
}
