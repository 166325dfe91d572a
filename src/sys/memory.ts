import { addon } from "./addon.ts";
import { check, checked } from "./errors.ts";

/**
 * The file open here as memory that all who map it share, and that outlives the process. It grows to `bytes`, and the
 * disk must have room for them. Cutting the file short while it is mapped kills whoever touches it.
 */
export const mapFile = (fd: number, bytes: number): ArrayBuffer => checked<ArrayBuffer>(addon.mapFile(fd, bytes), "map");

/** A file without a name that lies in memory; it has no page yet. Close-on-exec. */
export const memoryFile = (name: string, bytes: number): number => check(addon.memoryFile(name, bytes), "memfd_create");
/** A part of such a file as memory; offset and size are multiples of a page. */
export const mapPart = (fd: number, offset: number, bytes: number): ArrayBuffer => checked<ArrayBuffer>(addon.mapPart(fd, offset, bytes), "map");
/** A part of it becomes zeros and takes no memory any more. */
export const giveBack = (fd: number, offset: number, bytes: number): void => void check(addon.giveBack(fd, offset, bytes), "fallocate");
