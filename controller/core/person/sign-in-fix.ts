/** What a person does where only a sign-in is missing. */
import type { Explanation, Fix } from "#shared/policy/decision.ts";

/** Returns the explanation with the sign-in that would mend it. */
export function withSignInFix(explanation: Explanation): Explanation {
  const reason = explanation.reasons.find(
    ({ code }) => code === "step_up_needed" || code === "sign_in_needed",
  );
  if (reason === undefined) return explanation;
  const strength = reason.params["strength"];
  const stronger = strength === undefined || strength === "single" ? "" : ` --strength ${strength}`;
  const age = reason.params["maxAgeSeconds"];
  const fresh = age === undefined ? "" : ` --max-age ${age}s`;
  const fix: Fix = {
    signal: "user.sign_in",
    text: reason.code === "sign_in_needed" ? "Sign in" : "Sign in again",
    command: `sallyport login${stronger}${fresh}`,
    who: "user",
  };
  return { ...explanation, fixes: [fix, ...explanation.fixes] };
}
