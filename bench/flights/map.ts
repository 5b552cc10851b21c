import { mapState } from '../../examples/flights/map-state.js'
import { benchStateOf, type State } from './state.js'

export const map = (): State => benchStateOf(mapState())
