import "./live/zod-without-eval.ts";
import "@mantine/core/styles.css";
import "./console.css";
import { MantineProvider } from "@mantine/core";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { Console } from "./console.tsx";
import { AnswerMismatch, ApiRefusal, isSignedOut } from "./live/api.ts";
import { draftKey, sessionKey } from "./live/query-keys.ts";
import { theme } from "./theme.ts";

const againMs = 5_000;

/** What was refused is refused again; what did not arrive is asked again. */
function isUnanswered(error: Error | null): boolean {
  return error !== null && !(error instanceof ApiRefusal || error instanceof AnswerMismatch);
}

const queries = new QueryClient({
  queryCache: new QueryCache({
    onError(error, { queryKey: [name] }) {
      if (!isSignedOut(error)) return;
      // What was shown to one person is not for whoever signs in next.
      if (name === sessionKey[0])
        queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== name });
      else void queries.invalidateQueries({ queryKey: sessionKey, exact: true });
    },
  }),
  defaultOptions: {
    queries: {
      retry: (count, error) => isUnanswered(error) && count < 3,
      refetchInterval: ({ state }) => (isUnanswered(state.error) ? againMs : false),
      refetchOnWindowFocus: true,
      staleTime: 5_000,
    },
  },
});

// What is being written stays while other pages are looked at, however long.
queries.setQueryDefaults(draftKey, { gcTime: Infinity });
window.addEventListener("beforeunload", (event) => {
  if (queries.getQueryData(draftKey) !== undefined) event.preventDefault();
});

const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";
// The part of Mantine that stops a page from scrolling under a dialog asks for it by this name.
Object.assign(globalThis, { __webpack_nonce__: nonce });
const root = document.querySelector("#root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
        <QueryClientProvider client={queries}>
          <Suspense>
            <Console />
          </Suspense>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
