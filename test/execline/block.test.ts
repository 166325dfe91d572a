import { expect, test } from "vitest";
import { readBlock } from "../../src/execline/block.ts";

test.each([
  ["ends at the first empty word", [" a", " b", "", "c", ""], { words: ["a", "b"], unquoted: [], rest: ["c", ""] }],
  ["loses one space per word, and no more", ["  a", " ", " ", "", "x"], { words: [" a", "", ""], unquoted: [], rest: ["x"] }],
  ["may be empty", [""], { words: [], unquoted: [], rest: [] }],
  ["takes what is not quoted, and tells where it was", ["a", " b", "\tc", ""], { words: ["a", "b", "\tc"], unquoted: [0, 2], rest: [] }],
  ["may not end", [" a", "b"], { words: ["a", "b"], unquoted: [1], rest: undefined }],
  ["does not begin where nothing is", [], { words: [], unquoted: [], rest: undefined }],
] as const)("a block %s", (_, args, block) => expect(readBlock(args)).toEqual(block));
