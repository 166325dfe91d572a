// Adds up vitest's JSON reports: what failed, and why, then `N passed, N failed, N skipped` on a line of its own.
import { readFileSync } from "node:fs";

const reports = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, "utf8")));
const results = reports.flatMap(({ testResults }) => testResults);
for (const { name, message, assertionResults } of results) {
  for (const { status, fullName, failureMessages } of assertionResults) {
    if (status === "failed") console.log(`FAILED ${name}: ${fullName}\n${failureMessages.join("\n")}`);
  }
  if (assertionResults.length === 0 && message) console.log(`FAILED ${name}\n${message}`);
}
const sum = (field) => reports.reduce((total, report) => total + report[field], 0);
const skipped = sum("numPendingTests") + sum("numTodoTests");
const brokenFiles = results.filter(({ status, assertionResults }) => status === "failed" && assertionResults.length === 0).length;
const failed = sum("numFailedTests") + brokenFiles;
console.log(`${sum("numPassedTests")} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed === 0 ? 0 : 1;
