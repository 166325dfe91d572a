import { addon } from "./addon.ts";
import { checked } from "./errors.ts";

/**
 * The file open here as memory that all who map it share, and that outlives the process. It grows to `bytes`, and the
 * disk must have room for them. Cutting the file short while it is mapped kills whoever touches it.
 */
export const mapFile = (fd: number, bytes: number): ArrayBuffer => checked<ArrayBuffer>(addon.mapFile(fd, bytes), "map");
