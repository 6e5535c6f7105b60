/** What was said to the controller, as the page and its download take it from the agent. */
import { z } from "zod";

/** A message as it was sent; its content is shown as it is. */
export const sharedMessage = z.object({
  at: z.int(),
  message: z.looseObject({ kind: z.string() }),
});

/** The agent's answer about what was shared. */
export const sharedAnswer = z.object({
  messages: z.array(sharedMessage),
  more: z.boolean(),
});

/** The newest of what was sent; `more` where older ones did not fit. */
export type SharedAnswer = z.infer<typeof sharedAnswer>;

/** What is shown where no agent answers. */
export const nothingShared: SharedAnswer = { messages: [], more: false };

/** A message that was sent. */
export type SharedMessage = z.infer<typeof sharedMessage>;
