/**
 * Addresses of the services that hand a cloud machine its credentials. No request may reach them, however they are spelled
 * (spec SEC-13, HTS-7). Pure.
 */
import { isIP } from 'node:net'

const names: ReadonlySet<string> = new Set(['metadata.google.internal', 'metadata.packet.net'])

const addresses4: ReadonlySet<string> = new Set(['169.254.169.254', '169.254.170.2', '169.254.170.23', '100.100.100.200', '192.0.0.192'])

/** In full: eight groups without leading zeros. */
const addresses6: ReadonlySet<string> = new Set(
  ['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254', 'fe80::a9fe:a9fe'].map((text) => groupsOf(text).join(':')),
)

/** For the host name of a URL, as `URL` gives it: numbers in other bases are dotted decimals there already. */
export function isMetadataHost(hostname: string): boolean {
  const host = hostname
    .toLowerCase()
    .replace(/\.+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
  return names.has(host) || isMetadataAddress(host)
}

/** For an IPv4 or IPv6 address, such as name resolution gives it. False for what is no address. */
export function isMetadataAddress(address: string): boolean {
  const text = address.replace(/%.*$/, '').toLowerCase()
  if (isIP(text) === 4) return addresses4.has(text)
  if (isIP(text) !== 6) return false
  const groups = groupsOf(text)
  return addresses6.has(groups.join(':')) || embedded(groups).some((address4) => addresses4.has(address4))
}

/** Eight groups of an IPv6 address, without leading zeros. */
function groupsOf(text: string): readonly string[] {
  const [head = '', tail] = withoutDots(text).split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16).toString(16))
}

/** `::ffff:1.2.3.4` → `::ffff:102:304`. */
function withoutDots(text: string): string {
  return text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number)
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
}

/** IPv4 addresses inside an IPv6 address: mapped, compatible, translated (NAT64) and 6to4. */
function embedded(groups: readonly string[]): readonly string[] {
  const last = dotted(groups[6], groups[7])
  const start = groups.slice(0, 6).join(':')
  const isTranslated = start === '0:0:0:0:0:ffff' || start === '0:0:0:0:0:0' || start === '0:0:0:0:ffff:0' || start.startsWith('64:ff9b:')
  return [...(isTranslated ? [last] : []), ...(groups[0] === '2002' ? [dotted(groups[1], groups[2])] : [])]
}

function dotted(high = '0', low = '0'): string {
  const numbers = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return numbers.flatMap((number) => [Math.floor(number / 256), number % 256]).join('.')
}
