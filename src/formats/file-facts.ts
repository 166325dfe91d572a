/** What stat(2) tells of a file. */
export interface FileFacts {
  /** Type and permissions. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  /** Nanoseconds. */
  readonly atime: bigint;
  readonly mtime: bigint;
}
