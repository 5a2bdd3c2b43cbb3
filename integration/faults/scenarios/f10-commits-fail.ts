/** F10: commits reach the broker and their answers do not reach the worker, many times in a row. */
import { setTimeout as sleep } from 'node:timers/promises'
import { defineScenario } from '../contract.ts'

/** An OffsetCommit request in the version the client speaks: key 8, version 5, after the four bytes of its length. */
const offsetCommit = '\u0000\b\u0000\u0005'

export default defineScenario({
  id: 'F10',
  name: 'commits-fail',
  fault: 'the connection is reset instead of the answer to a commit, again and again',
  invariant: 'nothing lost, nothing run again; commits go on afterwards',
  group: 'broker',
  tiers: { ci: { messages: 3000, rounds: 6 }, hour: { messages: 40_000, rounds: 60, seeds: 3 } },
  limits: { duplicates: 'uncommitted', reExecuted: 0, recoverySeconds: 15 },
  way: 'proxy',

  async inject(stage) {
    stage.proxy.loseAnswersTo(offsetCommit, stage.rounds)
    await sleep(4000 + 300 * stage.rounds)
  },

  heal(stage) {
    stage.proxy.forgive()
    return Promise.resolve()
  },

  bite: (stage) => Math.min(stage.proxy.hits, stage.warnings('commit_failed')),
})
