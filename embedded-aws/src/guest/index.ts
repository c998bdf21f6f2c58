export { generaliseGuest, guestTransitions, rebootGuest, shutDownGuest, silenceAgent } from './boot.ts';
export { changeDisk, rootDisk } from './disk.ts';
export { lines } from './lines.ts';
export { patch, patchSummary } from './patch.ts';
export { type Outcome, runScript } from './script.ts';
export { acceptsLogins, durationOf, runInShell, type ShellResult } from './shell.ts';
export { rebootCode } from './state.ts';
