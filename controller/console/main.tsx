import "./live/zod-without-eval.ts";
import "@mantine/core/styles.css";
import "./console.css";
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { Console } from "./console.tsx";
import { AnswerMismatch, ApiRefusal } from "./live/api.ts";
import { theme } from "./theme.ts";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // What was refused is refused again; what did not arrive is asked again.
      retry: (count, error) =>
        !(error instanceof ApiRefusal || error instanceof AnswerMismatch) && count < 3,
      refetchOnWindowFocus: true,
      staleTime: 5_000,
    },
  },
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
