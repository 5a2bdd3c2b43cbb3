/** `routing`: each payload goes to the child a function names (spec BSP-20). */
import type { Static, TObject, TSchema } from 'typebox'
import type { SinkDefinition } from '../define-sink.ts'
import { errorMessage, SinkError } from '../errors.ts'
import { jsonText } from '../json.ts'
import { redactText } from '../redact.ts'
import { failure, type SinkResponse } from '../response.ts'
import type { DeliverCall, DeliveryItem, Sink, WireForm } from '../sink.ts'
import { answersOf } from './answers-of.ts'
import type { Child, ChildInput } from './child-sink.ts'
import { childLifeCycle } from './child-life-cycle.ts'
import { combineFailures } from './combine-failures.ts'
import { type ComposedIdentity, defineComposed, sharedMembers } from './composed-definition.ts'
import { lineOf } from './ordering.ts'
import { prepareItems } from './prepare-items.ts'

export interface RoutingInput<S extends TSchema> extends ComposedIdentity<S> {
  readonly children: Readonly<Record<string, ChildInput<Static<S>>>>
  /** Names the child. Null or undefined: `defaultChild`. Pure and the same for the same payload; a throw fails that payload. */
  route(payload: Static<S>): string | null | undefined
  /** Takes what `route` names no child for. Absent: a permanent failure of the payload. */
  readonly defaultChild?: string
}

/** Answers, ordering lines and the wire form are those of the child a payload goes to. */
export function routing<S extends TSchema>(input: RoutingInput<S>): SinkDefinition<TObject, S> {
  const choose = (payload: unknown): string | null | undefined => Reflect.apply(input.route, undefined, [payload]) ?? input.defaultChild
  return defineComposed(input, { children: input.children, assemble: (children) => routingSink(children, choose) })
}

type Choose = (payload: unknown) => string | null | undefined

function routingSink(children: readonly Child[], choose: Choose): Sink<unknown> {
  const childFor = (payload: unknown): Child => findChild(children, choose, payload)
  return {
    ...childLifeCycle(children),
    ...sharedMembers(children),
    deliver: (batch, call) => deliverRouted(batch, { childFor, call }),
    orderingKey: (payload) => routedLine(childFor, payload),
    ...(children.some(({ sink }) => sink.encode !== undefined) ? { encode: (payload) => encodeRouted(childFor(payload), payload) } : {}),
  }
}

/** Throws a permanent `SinkError` when there is none. */
function findChild(children: readonly Child[], choose: Choose, payload: unknown): Child {
  const name = runChoose(choose, payload)
  const child = children.find((other) => other.name === name)
  if (child !== undefined) return child
  const message = name === undefined || name === null ? 'No child takes this payload' : `No child is called "${name}"`
  throw new SinkError({ kind: 'permanent', message })
}

function runChoose(choose: Choose, payload: unknown): string | null | undefined {
  try {
    return choose(payload)
  } catch (error) {
    throw new SinkError({ kind: 'permanent', message: `The payload could not be routed: ${redactText(errorMessage(error))}`, cause: error })
  }
}

interface RoutedCall {
  readonly call: DeliverCall
  childFor(payload: unknown): Child
}

async function deliverRouted(batch: readonly DeliveryItem<unknown>[], { childFor, call }: RoutedCall): Promise<readonly SinkResponse[]> {
  const groups = new Map<Child, DeliveryItem<unknown>[]>()
  const answers = new Map<string, SinkResponse>()
  for (const item of batch) {
    try {
      const child = childFor(item.payload)
      const group = groups.get(child)
      if (group === undefined) groups.set(child, [item])
      else group.push(item)
    } catch (error) {
      answers.set(item.id, failure(item.id, SinkError.isInstance(error) ? error : errorMessage(error)))
    }
  }
  await Promise.all(
    [...groups].map(async ([child, items]) => {
      for (const [id, answer] of await deliverGroup(child, items, call)) answers.set(id, answer)
    }),
  )
  return batch.map((item) => answers.get(item.id) ?? failure(item.id, 'No answer'))
}

async function deliverGroup(child: Child, batch: readonly DeliveryItem<unknown>[], call: DeliverCall): Promise<[string, SinkResponse][]> {
  const { items, refused } = prepareItems(child, batch)
  const answers = [...refused, ...(await answersOf(child.sink, items, call))]
  return answers.map(([id, answer]) => [
    id,
    answer.status === 'failure' ? failure(id, combineFailures([{ name: child.name, error: answer.error }])) : answer,
  ])
}

/** Lines of different children never meet: the child's name is part of the line. */
function routedLine(childFor: (payload: unknown) => Child, payload: unknown): string | null {
  let child: Child
  try {
    child = childFor(payload)
  } catch {
    // Goes nowhere: its delivery says why, and it has no order to keep.
    return null
  }
  const line = lineOf(child, payload)
  return line === null ? null : `${child.name}\u0000${line}`
}

function encodeRouted(child: Child, payload: unknown): WireForm {
  const own = child.toPayload(payload)
  return child.sink.encode?.(own) ?? { body: new TextEncoder().encode(jsonText(own)) }
}
