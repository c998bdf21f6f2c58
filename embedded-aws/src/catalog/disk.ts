/** The content of a root disk: the part of a machine that an image keeps. */
export interface Disk {
  /** A key of the package catalog, such as `amazon-linux-2023`. */
  readonly os: string;
  readonly platform: 'linux' | 'windows';
  /** Installed packages (on Windows also updates, by KB number) and their versions. */
  readonly packages: Readonly<Record<string, string>>;
  /** Paths that matter for images: host keys, machine-id, logs, histories. */
  readonly files: readonly string[];
  /**
   * When each file was last written, in milliseconds since the epoch. A file of the base image has no time: it is
   * older than everything. Absent: no file was written since the base image.
   */
  readonly times?: Readonly<Record<string, number>>;
  /** Services that start with the system. */
  readonly services: readonly string[];
  /** Whether installed packages require a reboot. */
  readonly rebootPending: boolean;
  /** Whether a script removed the kernel: the next boot fails. */
  readonly unbootable?: true;
  /** Whether sysprep generalised it (Windows). */
  readonly generalised: boolean;
  /** Scripts that were sent to the guest: recorded, not run. Oldest first. */
  readonly journal: readonly JournalEntry[];
}

export interface JournalEntry {
  readonly at: number;
  /** The document that carried the script, or `user-data`. */
  readonly document: string;
  /** The name of the document's step. */
  readonly step: string;
  readonly script: string;
}
