/** A journal in memory of what an agent said. */
import type { SentJournal, SentMessage } from "../../agent/ports.ts";

/** Returns a journal that keeps everything, dated by its place in the order. */
export function journalInMemory(): SentJournal {
  const messages: SentMessage[] = [];
  return {
    note: (message) => void messages.push({ at: messages.length, message }),
    read: ({ sinceAt }) =>
      Promise.resolve({
        messages: messages.filter(({ at }) => at >= sinceAt).reverse(),
        more: false,
      }),
    close: () => Promise.resolve(),
  };
}
