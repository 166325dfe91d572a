/** How many files or messages a fuzz test makes up: S6_ACTORS_FUZZ, or a modest number. */
export const fuzzRuns = (modest = 300): number => Number(process.env["S6_ACTORS_FUZZ"] ?? modest);
