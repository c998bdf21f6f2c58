/** Time as AWS has it: this machine's clock may be wrong, and an embedded AWS has a time of its own. */
export interface ServerClock {
  now(): number;
  /** It is this time now. */
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
