const SPEAKERS: ReadonlyMap<string, string> = new Map([["cd", "execline-cd"], ["umask", "execline-umask"]]);

/** The name of a program in its messages: that is another one where the program has two. */
export const speakerOf = (name: string): string => SPEAKERS.get(name) ?? name;
