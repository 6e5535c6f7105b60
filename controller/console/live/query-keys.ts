/** Names of what is kept between pages. */

/** Who is signed in. */
export const sessionKey = ["session"] as const;

/** What is being written of a policy set. */
export const draftKey = ["draft"] as const;
