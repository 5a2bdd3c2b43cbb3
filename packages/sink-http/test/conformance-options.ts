/** The HTTP sink on a fake receiver, for the conformance suite and the sink's own tests. */
import { defineSink, type Clock, type WireForm } from '@drakkar/plugin-sdk'
import { httpSink, type HttpPayload } from '../src/index.ts'
import type { OutgoingRequest } from '../src/request.ts'
import { HttpSink } from '../src/sink.ts'
import type { FakeReceiver } from './fake-client.ts'

export const sampleNumber = (n: number): HttpPayload => ({ data: { n } })
export const samples: readonly HttpPayload[] = [sampleNumber(1), { ...sampleNumber(2), headers: { 'x-kind': 'test' } }, { data: ['three'] }]
export const refusedSample: HttpPayload = { data: 'refused' }
export const invalidPayloads = [
  {},
  { data: 1, url: 5 },
  { data: 1, path: '/elsewhere' },
  { data: 1, headers: { a: 1 } },
  { data: 1, headers: { Host: 'other' } },
  { data: 1, headers: { 'Content-Length': '1' } },
  { data: 1, headers: { 'x-a': 'a\r\nx-b: c' } },
]

/** A clock whose waits end at once and are remembered. */
export function instantClock(): Pick<Clock, 'now' | 'sleep'> & { readonly waitsMs: number[] } {
  const waitsMs: number[] = []
  return {
    waitsMs,
    now: () => 1_700_000_000_000,
    sleep: async (ms) => {
      waitsMs.push(ms)
    },
  }
}

export function fakeDefinition(receiver: FakeReceiver, clock = instantClock()) {
  const createClient = async () => receiver.createClient()
  return defineSink({ ...httpSink, create: (config, context) => new HttpSink({ config, context, createClient, clock, random: () => 1 }) })
}

export function toWireForm({ headers, body }: OutgoingRequest): WireForm {
  return { body: Buffer.from(body), headers: Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)] as const) }
}

/** The payload a request came from. */
export function toPayload({ headers, body }: OutgoingRequest): HttpPayload {
  const kind = headers['x-kind']
  return { data: JSON.parse(body), ...(kind === undefined ? {} : { headers: { 'x-kind': kind } }) }
}
