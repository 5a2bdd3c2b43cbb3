import { loadScenarios } from '../run/load-scenarios.ts'
import { expectGroupHolds } from './expect-group-holds.ts'

expectGroupHolds('task', await loadScenarios())
