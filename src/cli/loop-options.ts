/** Options of all loops, as --help tells them. */
export const LOOP_OPTIONS = `  -p        all at the same time: their exit codes do not count
  -P N      the same, N at a time at most
  -o CODES  ends when LOOP exits with a code that is not among CODES (numbers, with , between them), and exits with that
  -x CODES  ends when LOOP exits with one of CODES, and exits with that`;

/** Of those that read lines: how a line gets into the loop, and what one is. */
export const LINE_OPTIONS = `  -E        the line is substituted in LOOP, as by importas, and not in its environment
  -e        it is in its environment (default)
${LOOP_OPTIONS}
  -d BYTES  each of BYTES ends a line (default: a newline); "": netstrings
  -0        a NUL ends a line
  -N        lines keep their end; what nothing ends at the end of the input is a line, too
  -n        lines lose their end; what nothing ends is none (default)
  -C        empty lines don't count
  -c        they do (default)`;

/** And how they end. */
export const LINE_LOOP_CODES = `Exit codes: 0 done, 1 there was no line, 100 wrong usage, 111 system error, those of LOOP (at most 128; 128+N killed by signal N)
with -o or -x.`;
