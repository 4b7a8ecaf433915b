import { fullJitter } from './backoff'
import type { Cancel, Clock } from './clock'
import { judgeClose, type StopReason } from './close-codes'
import { decodeFrame, encodeFrame, type ClientFrame, type ServerFrame } from './frames'
import { Heartbeat } from './heartbeat'
import type { OpenSocket, Socket } from './socket'
import { SignedOut, type TokenSource } from './tokens'

export type ConnectionState =
  | { name: 'stopped'; reason: StopReason | undefined }
  | { name: 'waiting'; attempt: number; until: number }
  | { name: 'connecting'; attempt: number }
  | { name: 'authenticating'; attempt: number }
  | { name: 'syncing'; attempt: number }
  | { name: 'live'; since: number }

export interface ConnectionOptions {
  clock: Clock
  random: () => number
  openSocket: OpenSocket
  tokens: TokenSource
  changed: (state: ConnectionState) => void
  /** Every frame but those the connection deals with itself: pong, session.closing and the answers to auth. */
  received: (frame: ServerFrame) => void
}

/** How long one step towards `syncing` may take. */
const stepTimeout = 10_000
/** A connection that lived this long was a good one: the next failure starts again with the shortest delay. */
const goodAfter = 10_000
const pongPatience = 10_000
/** How long a connection that should be well may take to prove it: after a sleep, and when the network is said to be gone. */
const wakePatience = 5_000
const doubtPatience = 2_000
const defaultHeartbeat = 30_000

/**
 * One WebSocket at a time, kept open for as long as it is wanted.
 *
 *     stopped ─start→ connecting ─open→ authenticating ─hello→ syncing ─synced()→ live
 *        ↑               ↑  └───────────────┴──── failure ───────┴──────────────────┘
 *        │               └─ delay over, or wake() ─ waiting ←┘
 *        └─ stop(), a close code 4500–4599, or no token to be had: from any state
 *
 * In `waiting` the delay is exponential with full jitter, or what the server asked for in session.closing. A refused
 * token (4401) is renewed before the next try. Frames can be sent from `syncing` on. Whoever is told `syncing` asks the
 * server for what was missed and then calls synced(). `changed` is called after every transition and never from within
 * a call into the same connection's send().
 */
export class Connection {
  #options: ConnectionOptions
  #state: ConnectionState = { name: 'stopped', reason: undefined }
  #socket: Socket | undefined
  #heartbeat: Heartbeat | undefined
  /** The deadline of the present step, or the end of the waiting. */
  #cancelTimer: Cancel = () => undefined
  #attempt = 0
  /** Tells answers of an abandoned attempt to get a token from those of the present one. */
  #epoch = 0
  #refused = false
  #closingDelay: number | undefined
  #frames = 0

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  get state(): ConnectionState {
    return this.#state
  }

  start(): void {
    if (this.#state.name !== 'stopped') return
    this.#attempt = 0
    void this.#connect()
  }

  stop(reason?: StopReason): void {
    this.#drop()
    this.#become({ name: 'stopped', reason })
  }

  /** The network came back or the page is looked at again: do not sit out a delay, do not trust an old silence. */
  wake(): void {
    if (this.#state.name === 'waiting') void this.#connect()
    else this.#heartbeat?.probe(wakePatience)
  }

  /** The network seems to be gone: find out now. */
  doubt(): void {
    this.#heartbeat?.probe(doubtPatience)
  }

  /** The present connection is of no use, although the socket may be well. */
  fail(minimumDelay = 0): void {
    if (this.#state.name === 'stopped' || this.#state.name === 'waiting') return
    this.#retry(minimumDelay)
  }

  /** Reports whether the frame was handed to a signed-in socket; that says nothing about its arrival. */
  send(frame: ClientFrame): boolean {
    if (this.#socket === undefined || (this.#state.name !== 'syncing' && this.#state.name !== 'live')) return false
    this.#socket.send(encodeFrame(frame))
    return true
  }

  synced(): void {
    if (this.#state.name !== 'syncing') return
    this.#become({ name: 'live', since: this.#options.clock.now() })
  }

  /** Prolongs the session of the open connection with a newer token. */
  reauthenticate(token: string): void {
    this.send({ type: 'auth', id: this.#frameId('auth'), data: { token } })
  }

  async #connect(): Promise<void> {
    this.#drop()
    const epoch = this.#epoch
    this.#become({ name: 'connecting', attempt: this.#attempt })
    const { tokens } = this.#options
    let token: string
    try {
      token = await (this.#refused ? tokens.renew() : tokens.token())
    } catch (error) {
      if (epoch !== this.#epoch) return
      if (error instanceof SignedOut) this.stop(error.reason)
      else this.#retry()
      return
    }
    if (epoch !== this.#epoch) return
    this.#refused = false
    this.#open(token)
  }

  #open(token: string): void {
    this.#expectWithin(stepTimeout)
    this.#socket = this.#options.openSocket({
      opened: () => {
        this.#become({ name: 'authenticating', attempt: this.#attempt })
        this.#expectWithin(stepTimeout)
        this.#socket?.send(encodeFrame({ type: 'auth', id: this.#frameId('auth'), data: { token } }))
      },
      received: (text) => this.#receive(text),
      closed: (code) => this.#closed(code),
    })
  }

  #receive(text: string): void {
    this.#heartbeat?.heard()
    const frame = decodeFrame(text)
    if (frame === undefined || frame.type === 'pong') return
    if (frame.type === 'session.closing') {
      this.#closingDelay = Math.max(0, frame.data.reconnect_after_ms)
      return
    }
    if (this.#state.name === 'authenticating') {
      if (frame.type === 'hello') this.#welcome(frame)
      else if (frame.type === 'error') this.#refusedBy(frame.data.code)
      return
    }
    this.#options.received(frame)
  }

  #welcome(frame: Extract<ServerFrame, { type: 'hello' }>): void {
    this.#cancelTimer()
    this.#heartbeat = new Heartbeat({
      clock: this.#options.clock,
      interval: frame.data.heartbeat_seconds > 0 ? frame.data.heartbeat_seconds * 1000 : defaultHeartbeat,
      patience: pongPatience,
      ping: () => this.#socket?.send(encodeFrame({ type: 'ping', id: this.#frameId('ping') })),
      dead: () => this.#retry(),
    })
    this.#become({ name: 'syncing', attempt: this.#attempt })
    this.#options.received(frame)
  }

  #refusedBy(code: string): void {
    if (code === 'session_revoked') this.stop('session_revoked')
    else {
      this.#refused = code === 'token_expired' || code === 'unauthenticated'
      this.#retry()
    }
  }

  #closed(code: number): void {
    const verdict = judgeClose(code)
    if (verdict.kind === 'stop') this.stop(verdict.reason)
    else {
      this.#refused = verdict.refused
      this.#retry(verdict.minimumDelay)
    }
  }

  #retry(minimumDelay = 0): void {
    const { clock, random } = this.#options
    if (this.#state.name === 'live' && clock.now() - this.#state.since >= goodAfter) this.#attempt = 0
    const delay = this.#closingDelay ?? Math.max(minimumDelay, fullJitter(this.#attempt, random))
    this.#drop()
    this.#attempt++
    this.#cancelTimer = clock.after(delay, () => void this.#connect())
    this.#become({ name: 'waiting', attempt: this.#attempt, until: clock.now() + delay })
  }

  #expectWithin(milliseconds: number): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#options.clock.after(milliseconds, () => this.#retry())
  }

  #drop(): void {
    this.#epoch++
    this.#cancelTimer()
    this.#heartbeat?.stop()
    this.#heartbeat = undefined
    this.#closingDelay = undefined
    const socket = this.#socket
    this.#socket = undefined
    socket?.close()
  }

  #frameId(kind: string): string {
    this.#frames++
    return `${kind}-${this.#frames}`
  }

  #become(state: ConnectionState): void {
    this.#state = state
    this.#options.changed(state)
  }
}
