import { createNodeSpawner } from '../../src/pipeline/executor/subprocess.ts'
import { describeSpawner } from './spawner-behaviour.ts'

describeSpawner('node:child_process', () => createNodeSpawner())
