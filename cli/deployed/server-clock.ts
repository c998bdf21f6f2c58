/** The time of AWS. The clock of this computer may be wrong, and an embedded AWS has its own time. */
export interface ServerClock {
  now(): number;
  /** Sets the current time. */
  set(time: number): void;
}

export function serverClock(): ServerClock {
  let aheadMs = 0;
  return {
    now: () => Date.now() + aheadMs,
    set: (time) => {
      aheadMs = time - Date.now();
    },
  };
}
