/** Who does not answer must not keep the machine from going down. */
const CLOSE_LIMIT_MS = 5000;

/** What is done before a program ends, or as much of it as the limit leaves time for. Rejects as `closing` does. */
export const withinCloseLimit = (closing: Promise<unknown> | undefined): Promise<unknown> =>
  Promise.race([closing, new Promise((resolve) => setTimeout(resolve, CLOSE_LIMIT_MS))]);
