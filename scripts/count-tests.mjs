// Adds up vitest's JSON reports: `N passed, N failed, N skipped` on a line of its own.
import { readFileSync } from "node:fs";

const reports = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, "utf8")));
const sum = (field) => reports.reduce((total, report) => total + report[field], 0);
const skipped = sum("numPendingTests") + sum("numTodoTests");
const brokenFiles = reports.flatMap(({ testResults }) => testResults)
  .filter(({ status, assertionResults }) => status === "failed" && assertionResults.length === 0).length;
const failed = sum("numFailedTests") + brokenFiles;
console.log(`${sum("numPassedTests")} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed === 0 ? 0 : 1;
