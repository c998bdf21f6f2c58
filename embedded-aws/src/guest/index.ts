export { generaliseGuest, guestTransitions, rebootGuest, shutDownGuest, silenceAgent } from './boot.ts';
export { changeDisk, rootDisk } from './disk.ts';
export { patch, patchSummary } from './patch.ts';
export { lines, type Outcome, rebootCode, runScript } from './script.ts';
export { acceptsLogins, durationOf, runInShell, type ShellResult } from './shell.ts';
