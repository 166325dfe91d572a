/**
 * The journal of an s6-actors tree for programs: `import { openJournal } from "s6-actors"`. Pure JavaScript but for lmdb: the
 * native addon is not loaded. Stamps (`Tain`) are the 24 hexadecimal digits of TAI64N: they sort as time does.
 */
export { formatTain as toTai64n, type Tain } from "../formats/tain.ts";
export type { Death } from "../formats/death-tally.ts";
export type { Definition } from "../formats/definition.ts";
export type { Sender } from "../formats/sender.ts";
export type { Phase, Span } from "../history/phases.ts";
export type { Stats } from "../history/stats.ts";
export { KINDS, type Kind, type Transition } from "../history/transitions.ts";
export type { LastDeath, Told, Why } from "../history/why.ts";
export { JournalError } from "../store/journal-error.ts";
export type {
  CheckpointRecord, FactRecord, GapRecord, JournalRecord, LifeRecord,
} from "../store/journal-record.ts";
export type { ReplayResult } from "../store/replay.ts";
export type { Followed } from "./follow.ts";
export { Journal, type Moment, openJournal, type Selection, ServiceHistory, toDate } from "./journal.ts";
export type { StateAt } from "./queries.ts";
export type { Difference } from "./verify.ts";
