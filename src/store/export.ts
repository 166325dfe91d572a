import { isTain } from "../formats/tain.ts";
import type { Damage, ReadRecord } from "./journal-reader.ts";
import type { JournalRecord, Plain } from "./journal-record.ts";
import { RECORD_VERSION, upcast } from "./upcast.ts";

/**
 * A history as a file that people can read and compare: a line that says what it is, then one record a line, as JSON, in the
 * order of their sequence. What is missing or damaged is a line of its own, so that nobody takes what follows for its
 * continuation.
 */
const FORMAT = 1;
const HEAD = "s6-actors-history";
/** Of exports without a first line, which were made before there was one. */
const OLDEST_SCHEMA = 1;

export function* exportHistory(service: string, history: Iterable<ReadRecord | Damage>): Generator<string> {
  yield `${JSON.stringify({ [HEAD]: FORMAT, service, schema: RECORD_VERSION })}\n`;
  for (const read of history) yield `${JSON.stringify("record" in read ? read.record : { kind: "damage", text: read.damage })}\n`;
}

/** @throws SyntaxError `line N …`: what is no record, or of a later version */
export function* readExport(text: string): Generator<ReadRecord | Damage> {
  let schema = OLDEST_SCHEMA;
  let sequence = 0;
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const fields = parseLine(line, index + 1);
    if (index === 0 && HEAD in fields) {
      schema = schemaOf(fields);
      continue;
    }
    if (fields["kind"] === "damage") yield { sequence, damage: typeof fields["text"] === "string" ? fields["text"] : "damaged" };
    else yield { sequence, record: recordOf(raised(fields, schema, index + 1), index + 1) };
    sequence++;
  }
}

/** The name that an export gives its service; undefined without a first line. */
export function nameInExport(text: string): string | undefined {
  const [first = ""] = text.split("\n", 1);
  if (!first.includes(HEAD)) return undefined;
  const { service } = parseLine(first, 1);
  return typeof service === "string" ? service : undefined;
}

type Fields = { readonly [key: string]: Plain };

function parseLine(line: string, number: number): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new SyntaxError(`line ${number} is not JSON`, { cause: error });
  }
  if (!isFields(value)) throw new SyntaxError(`line ${number} is no record`);
  return value;
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

function schemaOf(fields: Fields): number {
  const { [HEAD]: format, schema } = fields;
  if (format !== FORMAT) throw new SyntaxError(`line 1 says format ${JSON.stringify(format)}, this program knows ${FORMAT}`);
  if (typeof schema !== "number") throw new SyntaxError("line 1 has no schema");
  return schema;
}

function raised(fields: Fields, schema: number, number: number): Fields {
  try {
    return upcast(schema, fields) as Fields;
  } catch (error) {
    if (error instanceof RangeError) throw new SyntaxError(`line ${number}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Enough of a look that what reads it does not stumble. */
function recordOf(fields: Fields, number: number): JournalRecord {
  const { kind, at, fact, state, effects, snapshot } = fields;
  const isRecord = ((): boolean => {
    switch (kind) {
      case "fact":
        return isFields(fact) && typeof fact["type"] === "string" && isStamp(fact["at"]) && typeof state === "string" && isList(effects);
      case "start":
      case "adopt":
        return isStamp(at) && isState(snapshot);
      case "checkpoint":
        return isStamp(at) && (snapshot === null || isState(snapshot)) && isList(fields["deaths"]);
      case "gap":
        return isStamp(at);
      default:
        return false;
    }
  })();
  if (!isRecord) throw new SyntaxError(`line ${number} is no record${typeof kind === "string" ? ` of the kind ${kind}` : ""}`);
  return fields as unknown as JournalRecord;
}

const isStamp = (value: unknown): boolean => typeof value === "string" && isTain(value);
const isState = (value: unknown): boolean => isFields(value) && typeof value["state"] === "string" && isFields(value["context"]);
const isList = (value: unknown): boolean => Array.isArray(value) && value.every(isFields);
