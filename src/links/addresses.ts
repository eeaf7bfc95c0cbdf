import { BlockList, isIP } from 'node:net'

/** IPv4 that is not the open internet: this machine, inner nets, link-local (cloud metadata too), documentation, multicast. */
const closed4 = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  closed4.addSubnet(net, bits, 'ipv4')
}

/**
 * IPv6 is open only within 2000::/3, so loopback, link-local, unique-local, mapped and NAT64 addresses are not. Within
 * it there are tunnels that carry an IPv4 address of any kind (Teredo, 6to4), and documentation.
 */
const open6 = new BlockList()
open6.addSubnet('2000::', 3, 'ipv6')
const closed6 = new BlockList()
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  closed6.addSubnet(net, bits, 'ipv6')
}

/** Is the address on the open internet? What is no address at all is not. */
export function isOpenAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !closed4.check(address, 'ipv4')
    case 6:
      // A zone (fe80::1%eth0) belongs to an inner net, whatever stands before it.
      return !address.includes('%') && open6.check(address, 'ipv6') && !closed6.check(address, 'ipv6')
    default:
      return false
  }
}
