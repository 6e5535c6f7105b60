/** The version of this controller, as metrics and `--version` tell it. */
export const controllerVersion = "0.1.0";
