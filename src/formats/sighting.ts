/** A process as /proc shows it. */
export interface Sighting {
  readonly pid: number;
  readonly comm: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Clock ticks since the boot. */
  readonly startTicks: number;
  /** Dead, and not waited for yet. */
  readonly isZombie: boolean;
}
