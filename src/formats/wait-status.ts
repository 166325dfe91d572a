/** The raw status of wait(2) on Linux: low 7 bits signal, bit 7 core dump, next byte exit code. */
export type WaitStatus = number;

export const exitStatus = (code: number): WaitStatus => (code & 0xff) << 8;
export const signalStatus = (signal: number): WaitStatus => signal & 0x7f;

/** 0 when the process exited by itself. */
export const termSignal = (status: WaitStatus): number => status & 0x7f;
export const hasCore = (status: WaitStatus): boolean => (status & 0x80) !== 0;
/** Meaningful only when termSignal is 0. */
export const exitCode = (status: WaitStatus): number => (status >> 8) & 0xff;
