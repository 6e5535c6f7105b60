import { createTheme } from "@mantine/core";

/** Dense and calm: 14 px, system fonts, colour kept for what it means. */
export const theme = createTheme({
  primaryColor: "sally",
  primaryShade: 7,
  fontFamily: "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'Cascadia Mono', Menlo, 'DejaVu Sans Mono', monospace",
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  defaultRadius: "sm",
  respectReducedMotion: true,
  components: {
    Modal: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
    Drawer: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
    Menu: { defaultProps: { transitionProps: { duration: 0 } } },
  },
  colors: {
    // From text to what lies behind everything; Mantine fills controls with the seventh.
    dark: [
      "#e6eaef",
      "#c7ced6",
      "#9aa5b1",
      "#828d99",
      "#6b7785",
      "#343c46",
      "#1f252d",
      "#111418",
      "#0d1013",
      "#080a0c",
    ],
    sally: [
      "#e4effb",
      "#c5ddf6",
      "#a2c9f0",
      "#7ab8ff",
      "#4f97dd",
      "#2f7dc8",
      "#176bb8",
      "#0b5cad",
      "#084a8d",
      "#06386b",
    ],
  },
});
