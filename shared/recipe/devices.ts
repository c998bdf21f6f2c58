/**
 * Whether two device names mean the same device on some instance types, such as /dev/sdf, /dev/xvdf and xvdf. EC2 refuses xvdf together
 * with /dev/xvdf. An instance of a Xen type with both /dev/sdf and /dev/xvdf ends with `Server.InternalError`. On a Nitro type, these are
 * two volumes (AWS re:Post, "How do I resolve the Server.InternalError: Internal error on launch"). The ends of the names must not overlap
 * (Amazon EC2 User Guide, "Device names for volumes", which also mentions sdc with sdc1).
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
