/** Windows whose Settings have other names than those of Windows 11. */

/** Windows 10 as far as it still gets updates. */
export const windows10 = ["10.0.19044", "10.0.19045"] as const;

/** All whose Settings lie under Update & Security: Windows 10 and Windows Server up to 2022. */
export const olderSettings = [...windows10, "10.0.14393", "10.0.17763", "10.0.20348"] as const;
