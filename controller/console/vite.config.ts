import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Builds the console into `.build/console`, from where the controller serves it. */
export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [react()],
  build: {
    outDir: "../../.build/console",
    emptyOutDir: true,
    target: "es2024",
    // An inlined file would be a `data:` address, which the page's policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2_000,
  },
});
