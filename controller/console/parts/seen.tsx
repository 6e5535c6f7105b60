import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { isMoved, type Looked } from "../live/api.ts";
import { Asked } from "./panel.tsx";

/** What a dialog is about as it was read when it opened; a change names that, and is refused over anything else. */
export interface Seen<T> {
  readonly answer: T | null;
  readonly error: Error | null;
  /** Whether somebody else changed it since it was read first. */
  readonly moved: boolean;
  readonly open: () => void;
  /** Changes what was seen; where it is another by now, that is read and the refusal goes on. */
  readonly over: <A>(change: (tag: string) => Promise<A>) => Promise<A>;
}

/** Reads what a dialog is about whenever it opens. */
export function useSeen<T>(read: () => Promise<Looked<T>>): Seen<T> {
  const look = useMutation({ mutationFn: read });
  const [moved, setMoved] = useState(false);
  return {
    answer: look.data?.answer ?? null,
    error: look.error,
    moved,
    open: () => {
      setMoved(false);
      look.mutate();
    },
    async over(change) {
      if (look.data === undefined) throw new Error("nothing was read yet");
      try {
        return await change(look.data.tag);
      } catch (error) {
        if (isMoved(error)) {
          setMoved(true);
          look.mutate();
        }
        throw error;
      }
    },
  };
}

/** Shows what a dialog is about once it was read, and says where that was changed since. */
export function SeenShown<T>(props: {
  readonly seen: Seen<T>;
  readonly children: (answer: T) => ReactNode;
}): ReactNode {
  const { answer, error, moved } = props.seen;
  return (
    <Asked query={{ data: answer ?? undefined, error }}>
      {(shown) => (
        <>
          {props.children(shown)}
          {moved ? (
            <p role="status">Somebody changed it meanwhile: this is how it is now.</p>
          ) : null}
        </>
      )}
    </Asked>
  );
}
