/**
 * Names of block devices that mean one device on some instance types: /dev/sdf, /dev/xvdf and xvdf. EC2 refuses xvdf beside /dev/xvdf,
 * and ends an instance of a Xen type that has /dev/sdf beside /dev/xvdf with `Server.InternalError`; on a Nitro type the two are two
 * volumes (AWS re:Post, "How do I resolve the Server.InternalError: Internal error on launch"). EC2's user guide says that the ends of
 * names must not overlap ("Device names for volumes", which also names sdc beside sdc1).
 */
export function isSameDevice(one: string, other: string): boolean {
  const [a, b] = [endOf(one), endOf(other)];
  if (a === undefined || b === undefined) return one === other;
  return a.letters === b.letters && (a.digits === b.digits || a.digits === '' || b.digits === '');
}

function endOf(device: string): { letters: string; digits: string } | undefined {
  const [, letters, digits = ''] = /^(?:\/dev\/)?(?:sd|xvd|hd)([a-z]+)([0-9]*)$/.exec(device) ?? [];
  return letters === undefined ? undefined : { letters, digits };
}
