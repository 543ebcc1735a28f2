/** What wakes this phone, where its shopper has allowed that; null where not: then it is not even loaded. */
export const waking = async () =>
  globalThis.Notification?.permission === "granted" ? import("../push/push").catch(() => null) : null;
