/** Who may import whom: the table in ARCHITECTURE.md. Type-only imports count. */
const may = (room, ...targets) => ({
  name: `${room} imports only ${targets.join(", ") || "itself"}`,
  severity: "error",
  from: { path: `^src/${room}/` },
  to: { pathNot: [`^src/${room}/`, ...targets] },
});
const formats = "^src/formats/";
const diagnosis = "^src/diagnosis/";
const machines = "^src/machines/";
const sys = "^src/sys/";
const store = "^src/store/";
const actors = "^src/actors/";
const node = "^(node:)?(buffer|crypto|events|fs|module|os|path|process|stream|util|worker_threads|child_process|tty)$";
const npm = (...names) => `node_modules/(${names.join("|")})/`;
const history = "^src/history/";
const library = "^src/library/";
const execline = "^src/execline/";
const chain = "^src/chain/";
/** Programs that read journals. */
const READERS = "^src/cli/(recorded-deaths|s6-logview|s6-permafailon|s6-svexplain|s6-svhistory|s6-replay|s6-svdt|s6-svprune|s6-why|histories|history-.*)\\.ts$";
const DAEMONS = "^src/cli/(shared-host|start-failure|s6-fdholderd|s6-ipcserverd|s6-log|s6-socklog|s6-sudod|s6-svscan|s6-supervise)\\.ts$";

module.exports = {
  forbidden: [
    may("formats"),
    may("diagnosis", formats),
    may("machines", formats, npm("xstate")),
    may("sys", formats, node),
    may("store", machines, formats, sys, node, npm("lmdb", "ordered-binary")),
    may("history", machines, formats, "^src/store/journal-record\\.ts$"),
    may("library", history, store, machines, formats, "^src/sys/package-root\\.ts$", node),
    may("actors", machines, diagnosis, store, chain, formats, sys, node, npm("piscina", "pino")),
    may("execline", formats),
    may("chain", execline, formats, sys, "^src/cli/(options|credential-options|failures)\\.ts$", node),
    {
      name: "cli imports only formats, diagnosis, sys and chain",
      severity: "error",
      from: { path: "^src/cli/", pathNot: [DAEMONS, READERS] },
      to: { pathNot: ["^src/cli/", formats, diagnosis, sys, chain, node] },
    },
    {
      name: "the daemons' cli imports actors, too",
      severity: "error",
      from: { path: DAEMONS },
      to: { pathNot: ["^src/cli/", formats, diagnosis, sys, chain, actors, "^src/machines/(ipcserver|log)/", "^src/store/keep\\.ts$", node] },
    },
    {
      name: "the cli that reads journals imports the store, too",
      severity: "error",
      from: { path: READERS },
      to: { pathNot: ["^src/cli/", formats, diagnosis, sys, chain, store, machines, history, library, "^src/actors/service-files\\.ts$", node] },
    },
    { name: "bin imports only cli", severity: "error", from: { path: "^bin/" }, to: { pathNot: "^src/cli/" } },
    { name: "src imports no test", severity: "error", from: { path: "^src/" }, to: { path: "^(test|bench|bin)/" } },
    {
      name: "only sys loads the addon",
      severity: "error",
      from: { path: "^(src|bin)/", pathNot: sys },
      to: { path: "^src/sys/addon\\.ts$" },
    },
    { name: "no cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "everything resolves", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { extensions: [".ts", ".js", ".cjs", ".mjs"], exportsFields: ["exports"], conditionNames: ["import", "require", "node", "default", "types"] },
  },
};
